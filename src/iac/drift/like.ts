/**
 * Whether a pattern of IAM, with `*` and `?`, takes a text; `*` in the text stands for any text, so that one pattern can
 * be held against another. Looks at each place once per star, whatever the pattern: files come from whoever may write IAM.
 */
export function isLike(text: string, pattern: string): boolean {
  let [at, of, star, back] = [0, 0, -1, 0]
  while (at < text.length) {
    const wanted = pattern[of]
    if (wanted === '*') [star, back, of] = [of, at, of + 1]
    else if (wanted !== undefined && text[at] !== '*' && (wanted === '?' || wanted === text[at]))
      [at, of] = [at + 1, of + 1]
    else if (star >= 0) [back, at, of] = [back + 1, back + 1, star + 1]
    else return false
  }
  return /^\**$/.test(pattern.slice(of))
}
