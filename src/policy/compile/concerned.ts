import type { Hits, Policy, Requirement, Rule } from './policy.ts'

/**
 * Finds the few rules among thousands that may concern somebody. Each is filed under the patterns of one of its
 * requirements, the one that the fewest rules share; it cannot be met unless one of those matches.
 */
export function fileRules(rules: readonly Rule[]): Policy['concerned'] {
  const uses = new Map<number, number>()
  for (const { match } of rules)
    for (const { patterns } of match)
      for (const { place } of patterns) uses.set(place, (uses.get(place) ?? 0) + 1)
  const sharing = ({ patterns }: Requirement) =>
    patterns.reduce((sum, { place }) => sum + (uses.get(place) ?? 0), 0)
  const byPattern = new Map<number, number[]>()
  const always: number[] = []
  for (const [index, { match }] of rules.entries()) {
    const [rarest] = match.length > 1 ? match.toSorted((a, b) => sharing(a) - sharing(b)) : match
    if (rarest === undefined) always.push(index)
    for (const { place } of rarest?.patterns ?? []) {
      const filed = byPattern.get(place)
      if (filed) filed.push(index)
      else byPattern.set(place, [index])
    }
  }
  const attributes = [...new Set(rules.flatMap(({ match }) => match.map(({ attribute }) => attribute)))]
  return (hits: Hits) => {
    // A value too long to be looked at counts as a match of whatever denies.
    const unclear = attributes.some((attribute) => hits.isCut(attribute))
    const found = new Set(always)
    for (const place of hits.places) for (const index of byPattern.get(place) ?? []) found.add(index)
    if (unclear) for (const [index, { effect }] of rules.entries()) if (effect === 'deny') found.add(index)
    const order = Uint32Array.from(found).sort()
    return Array.from(order, (index) => rules[index]).filter((rule) => rule !== undefined)
  }
}
