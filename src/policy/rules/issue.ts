import type { z } from 'zod'

/** A fault in a rule, for the options schema. */
export interface Issue {
  readonly path: readonly (string | number)[]
  readonly message: string
  /** The fault lies in the name of the last step of the path, not in its value. */
  readonly aboutKey?: boolean
}

/** Reports a fault where zod collects them; `aboutKey` travels in `params`. */
export function addIssue(
  context: z.RefinementCtx<unknown>,
  { path, message, aboutKey = false }: Issue,
): void {
  context.addIssue({ code: 'custom', path: [...path], message, params: { aboutKey } })
}
