/** A check, and what stands in its place when it is taken away. */
export interface Removal {
  readonly name: string
  /** From the root of the project. */
  readonly file: string
  /** Occurs exactly once. */
  readonly code: string
  readonly instead: string
  /** Another check that refuses the same for the same reason, so that nothing can notice. */
  readonly doubledBy?: string
}

/** Checks, and the fewest test files of which one must notice when one of them is gone. */
export interface Group {
  readonly tests: readonly string[]
  readonly removals: readonly Removal[]
}

/** The check never fires. */
export const off = (name: string, file: string, condition: string): Removal => ({
  name,
  file,
  code: `if (${condition}`,
  instead: `if (false) if (${condition}`,
})
/** Another check refuses the same for the same reason. */
export const doubled = (removal: Removal, doubledBy: string): Removal => ({ ...removal, doubledBy })
/** The code is replaced, or left out. */
export const gone = (name: string, file: string, code: string, instead = ''): Removal => ({
  name,
  file,
  code,
  instead,
})
