/**
 * How well a text answers what somebody typed; undefined when it does not. Every letter must occur in order;
 * letters that follow each other and letters that start a word count more, long ways between them less.
 */
export function score(query: string, text: string): number | undefined {
  const [wanted, within] = [query.toLowerCase().replace(/\s+/g, ''), text.toLowerCase()]
  let [total, last] = [0, -1]
  for (const letter of wanted) {
    const at = within.indexOf(letter, last + 1)
    if (at < 0) return undefined
    const startsWord = at === 0 || /[^a-z0-9]/.test(within[at - 1] ?? '')
    total += at === last + 1 ? 5 : startsWord ? 4 : 1 - Math.min(1, (at - last) / 20)
    last = at
  }
  const whole = wanted !== '' && within.includes(query.toLowerCase().trim()) ? 10 : 0
  return total + whole - within.length / 200
}

/** The items that answer the query, best first; all of them in their own order for an empty one. */
export function rank<T extends { readonly label: string }>(query: string, items: readonly T[]): readonly T[] {
  if (query.trim() === '') return items
  return items
    .flatMap((item) => {
      const points = score(query, item.label)
      return points === undefined ? [] : [{ item, points }]
    })
    .sort((left, right) => right.points - left.points)
    .map(({ item }) => item)
}
