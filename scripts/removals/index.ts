import { formRemovals } from './form.ts'
import { meaningRemovals } from './meaning.ts'
import type { Removal } from './removal.ts'

/** Every check of the verifier, with what stands in its place when it is taken away. */
export const removals: readonly Removal[] = [...formRemovals, ...meaningRemovals]
