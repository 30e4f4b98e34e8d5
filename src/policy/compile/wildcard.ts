/**
 * IAM's wildcards: `*` stands for any text, `?` for any one character; case counts. Takes time proportional
 * to the product of both lengths at the worst, never more.
 */
export function matchesWildcard(pattern: string, text: string): boolean {
  let [p, t] = [0, 0]
  let [starAt, resumeAt] = [-1, 0]
  while (t < text.length) {
    const wanted = pattern[p]
    if (wanted === '*') {
      starAt = p++
      resumeAt = t
    } else if (wanted === '?' || (wanted !== undefined && wanted === text[t])) {
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
