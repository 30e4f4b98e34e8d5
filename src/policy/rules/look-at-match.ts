import type { Warning } from '../../core/index.ts'
import { readPattern } from '../compile/pattern.ts'
import { isImpossible } from '../compile/pattern-shape.ts'
import type { MatchOptions } from './options.ts'

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

/** What is missing so that a rule can look at it. */
export function sayUnmapped(attribute: string): string {
  return (
    `no identity provider has ${attribute} among its attributes; map it there, ` +
    'for unless one sends an attribute of exactly this name'
  )
}
