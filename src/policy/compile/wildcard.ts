/** Text with IAM's wildcards, an entry a character; `\*` and `\?` as one entry are those characters themselves. */
export type WildPattern = ArrayLike<string>

/**
 * IAM's wildcards: `*` stands for any text, `?` for any one character; case counts. Takes time proportional
 * to the product of both lengths at the worst, never more.
 */
export function matchesWildcard(pattern: WildPattern, text: string): boolean {
  let [p, t] = [0, 0]
  let [starAt, resumeAt] = [-1, 0]
  while (t < text.length) {
    const wanted = pattern[p]
    if (wanted === '*') {
      starAt = p++
      resumeAt = t
    } else if (wanted === '?' || (wanted !== undefined && wanted[wanted.length - 1] === text[t])) {
      p++
      t++
    } else if (starAt >= 0) {
      p = starAt + 1
      t = ++resumeAt
    } else {
      return false
    }
  }
  while (pattern[p] === '*') p++
  return p === pattern.length
}

/** A pattern that only this text matches. */
export function asItself(text: string): readonly string[] {
  return text.split('').map((char) => (char === '*' || char === '?' ? `\\${char}` : char))
}
