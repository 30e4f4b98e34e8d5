import { attributeValues, type Identity } from '../../core/index.ts'
import { type Captures, maxValueLength, type Pattern } from './pattern.ts'
import { indexPatterns } from './pattern-index.ts'
import type { Hit, Hits, IndexedPattern, Person, Requirement } from './policy.ts'

/** In `match:` the attribute `user` is the person's name, wherever the identity provider put it. */
export function personOf(identity: Identity): Person {
  const user = [identity.user]
  return {
    values: (attribute) => (attribute === 'user' ? user : attributeValues(identity.attributes, attribute)),
  }
}

/** Runs the patterns of each attribute over its values; each pattern once, however many rules use it. */
export function createMatcher(patterns: readonly (IndexedPattern & { readonly attribute: string })[]) {
  const groups = [...new Set(patterns.map(({ attribute }) => attribute))].map((attribute) => {
    const own = patterns.filter((one) => one.attribute === attribute)
    return { attribute, own, index: indexPatterns(own.map(({ pattern }) => pattern)) }
  })
  return (person: Person): Hits => {
    const hits = new Map<number, Hit[]>()
    const cut = new Set<string>()
    for (const { attribute, own, index } of groups) {
      for (const [order, value] of person.values(attribute).entries()) {
        if (value.length > maxValueLength) cut.add(attribute)
        else
          index(value, (place) => {
            const candidate = own[place]
            if (candidate) tryPattern(candidate, value, order, hits)
          })
      }
    }
    return {
      places: [...hits.keys()],
      of: ({ place }) => hits.get(place),
      isCut: (attribute) => cut.has(attribute),
    }
  }
}

function tryPattern(
  { place, pattern }: { readonly place: number; readonly pattern: Pattern },
  value: string,
  order: number,
  hits: Map<number, Hit[]>,
): void {
  const captures = pattern.capture(value)
  if (!captures) return
  const list = hits.get(place)
  if (list) list.push({ order, captures })
  else hits.set(place, [{ order, captures }])
}

/** True when each requirement has a value that matches. */
export function isMet(match: readonly Requirement[], hits: Hits): boolean {
  return match.every(({ patterns }) => patterns.some((pattern) => hits.of(pattern)))
}

/** Like `isMet`, but a value too long to be looked at counts as a match: what denies must fail closed. */
export function isMetOrUnclear(match: readonly Requirement[], hits: Hits): boolean {
  return match.every(
    ({ attribute, patterns }) => hits.isCut(attribute) || patterns.some((pattern) => hits.of(pattern)),
  )
}

const nothing: Captures = Object.freeze(Object.create(null))

/** What a rule may try for one person; more is cut, and the trace says so. */
export const maxCandidates = 10_000

/**
 * One set of captures for each combination of matching values. Of several patterns that match one value the
 * first counts. `cut`: there were more combinations than `maxCandidates`.
 */
export function candidates(
  match: readonly Requirement[],
  hits: Hits,
): { readonly captures: readonly Captures[]; readonly cut: boolean } {
  let combined: Captures[] = [nothing]
  let cut = false
  for (const requirement of match) {
    const own = capturesOf(requirement, hits)
    const next: Captures[] = []
    for (const left of combined) {
      for (const right of own) {
        if (next.length < maxCandidates) next.push(merge(left, right))
        else cut = true
      }
      if (cut) break
    }
    combined = next
  }
  return { captures: combined, cut }
}

/** Without a prototype, so that a group may have any name. */
function merge(left: Captures, right: Captures): Captures {
  return left === nothing ? right : Object.assign(Object.create(null), left, right)
}

function capturesOf({ patterns, multiplies }: Requirement, hits: Hits): readonly Captures[] {
  const [only, ...others] = patterns
  if (only && others.length === 0) {
    const own = hits.of(only) ?? []
    return (multiplies ? own : own.slice(0, 1)).map(({ captures }) => captures)
  }
  const byValue = new Map<number, Captures>()
  for (const pattern of patterns) {
    for (const { order, captures } of hits.of(pattern) ?? []) {
      if (!byValue.has(order)) byValue.set(order, captures)
    }
  }
  const ordered = [...byValue].toSorted(([a], [b]) => a - b).map(([, captures]) => captures)
  return multiplies ? ordered : ordered.slice(0, 1)
}
