/**
 * Where the tokens of a sign-in lie. Owns: the places, one file each, and which of them this machine has.
 * Does not own: what a token is good for.
 */
import { fileTokens } from './file.ts'
import { libsecretTokens } from './libsecret.ts'
import { macosTokens } from './macos.ts'
import type { TokenPlace } from './token-place.ts'

export type { TokenPlace } from './token-place.ts'

/** In order of preference; a file is everywhere. */
const places = [macosTokens, libsecretTokens, fileTokens] as const

/** The place with this name; a file for a name that nobody knows. */
export function tokenPlace(name: string): TokenPlace {
  return places.find((place) => place.name === name) ?? fileTokens
}

/** The places that can be used here, best first. `ROLEBRIDGE_TOKENS=file` keeps away from the keychain. */
export function usablePlaces(env: NodeJS.ProcessEnv): readonly TokenPlace[] {
  if (env.ROLEBRIDGE_TOKENS === 'file') return [fileTokens]
  return places.filter((place) => place.usable(env))
}
