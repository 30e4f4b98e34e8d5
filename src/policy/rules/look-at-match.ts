import type { Warning } from '../../core/index.ts'
import { readPattern } from '../compile/pattern.ts'
import { isImpossible } from '../compile/pattern-shape.ts'
import type { MatchOptions, RuleOptions } from './options.ts'

/** True when it can be proved that every value has a match; `.*` says so itself. */
export function matchesEverything(source: string): boolean {
  const plain = source.replace(/^\(\?i\)/, '')
  if (/^(?:\^?\.[*+]\$?|\^?\.?|\.?\$)$/.test(plain)) return true
  // Nothing in it asks where in the value it is, so what matches nothing at all matches anywhere.
  if (/[\^$\\]/.test(plain)) return false
  const read = readPattern(source)
  return 'pattern' in read && read.pattern.capture('') !== undefined
}

/** True when it asks for nothing but a name. */
export const isEverybody = (match: MatchOptions) =>
  Object.entries(match).every(([key, all]) => key === 'user' && all.some(matchesEverything))

/** Warns of patterns that match more, or less, than whoever wrote them thinks. */
export function lookAtMatch(
  match: MatchOptions,
  base: Warning['path'],
  effect: 'allow' | 'deny',
): readonly Warning[] {
  return Object.entries(match).flatMap(([attribute, sources]) =>
    sources.flatMap((source, index): readonly Warning[] => {
      const path = [...base, attribute, ...(sources.length > 1 ? [index] : [])]
      if (isImpossible(source))
        return [
          {
            code: 'never-matches',
            path,
            message: `no value matches ${source}: text stands before ^ or behind $`,
          },
        ]
      if (effect === 'deny' || source === '.*') return []
      if (matchesEverything(source))
        return [
          {
            code: 'matches-everything',
            path,
            message: `the pattern ${source} matches every value; if that is meant, write .*`,
          },
        ]
      const read = readPattern(source)
      if ('fault' in read || read.pattern.anchored) return []
      const message = `the pattern ${source} also matches inside longer values; write ^…$ around it`
      return [{ code: 'pattern-unanchored', path, message }]
    }),
  )
}

/** With 20,000 values, the most that a person may have, these take about a second at each sign-in. */
const manyUnindexed = 250
const fewNamed = 3

/**
 * Warns of patterns that are tried on every value, where they are many: an index finds others by a piece of text that
 * their values must have. The person's name is one value.
 */
export function warnOfUnindexed(rules: readonly RuleOptions[]): readonly Warning[] {
  const found = new Map<string, { readonly sources: Set<string>; readonly places: Set<number> }>()
  for (const [place, { match }] of rules.entries())
    for (const [attribute, sources] of Object.entries(match))
      for (const source of attribute === 'user' ? [] : sources.filter(isUnindexed)) {
        const own = found.get(attribute) ?? { sources: new Set(), places: new Set() }
        own.sources.add(source)
        found.set(attribute, { ...own, places: own.places.add(place) })
      }
  return [...found].flatMap(([attribute, { sources, places }]): readonly Warning[] => {
    const [first = 0] = places
    if (sources.size < manyUnindexed) return []
    const named = [...places].slice(0, fewNamed).map((place) => rules[place]?.id)
    const others = places.size - named.length
    const whose = `${named.join(', ')}${others > 0 ? ` and ${others} other rules` : ''}`
    const message =
      `${sources.size} patterns on ${attribute} (${whose}) have no text of two letters or more that their values must have, ` +
      'so each is tried on every value of everybody, and signing in becomes slow; begin them with fixed text, such as ^aws-'
    return [{ code: 'patterns-unindexed', path: ['rules', first, 'match', attribute], message }]
  })
}

function isUnindexed(source: string): boolean {
  const read = readPattern(source)
  return 'pattern' in read && read.pattern.exact === undefined && read.pattern.literals.length === 0
}

/** What is missing so that a rule can look at it. */
export function sayUnmapped(attribute: string): string {
  return (
    `no identity provider has ${attribute} among its attributes; map it there, ` +
    'for unless one sends an attribute of exactly this name'
  )
}
