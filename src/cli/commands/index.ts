import type { Register } from '../command.ts'
import { check } from './check.ts'
import { demo } from './demo.ts'
import { keys } from './keys.ts'
import { saml } from './saml.ts'
import { serve } from './serve.ts'

/** Every command, in the order of the help. */
export const commands: readonly Register[] = [serve, check, keys, saml, demo]
