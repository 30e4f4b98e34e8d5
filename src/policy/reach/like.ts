import { patternShape } from '../compile/pattern-shape.ts'

/** What IAM's `StringLike` takes for a pattern, never less than it; undefined where that would be any text. */
export function likeOf(pattern: string): string | undefined {
  const { exact, prefix, suffix } = patternShape(pattern)
  const known = exact ?? (prefix === '' ? undefined : `${prefix}*${suffix}`)
  // A star or a question mark of the pattern itself would mean something else there.
  return /[*?$]/.test(exact ?? prefix + suffix) ? undefined : known
}
