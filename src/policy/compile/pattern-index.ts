import type { Pattern } from './pattern.ts'
import { foldCase } from './pattern-shape.ts'

/** Calls `visit` with the place of each pattern that may match the value, each once. */
export type PatternIndex = (value: string, visit: (place: number) => void) => void

const maxLiteral = 64
const nowhere: readonly number[] = []

/**
 * Finds the few patterns worth trying among thousands: each is filed under the rarest piece of text that its
 * matches must contain, and one pass over a value finds all pieces in it (Aho and Corasick, 1975). Those that match one
 * value only are found by it. Patterns without any such piece are always tried.
 */
export function indexPatterns(patterns: readonly Pattern[]): PatternIndex {
  const { whole, filed, always } = filePatterns(patterns)
  const automaton = buildAutomaton(filed)
  const seen = new Uint32Array(patterns.length)
  let round = 0
  return (value, visit) => {
    for (const place of always) visit(place)
    for (const place of whole.get(value) ?? nowhere) visit(place)
    if (filed.size === 0) return
    round = round === 0xffff_ffff ? 1 : round + 1
    automaton(foldCase(value), (places) => {
      for (const place of places) {
        if (seen[place] === round) continue
        seen[place] = round
        visit(place)
      }
    })
  }
}

function filePatterns(patterns: readonly Pattern[]) {
  const uses = new Map<string, number>()
  const whole = new Map<string, number[]>()
  for (const { literals, exact } of patterns) {
    if (exact !== undefined) continue
    for (const literal of literals) uses.set(literal, (uses.get(literal) ?? 0) + 1)
  }
  const filed = new Map<string, number[]>()
  const always: number[] = []
  for (const [place, { literals, exact }] of patterns.entries()) {
    if (exact !== undefined) {
      const places = whole.get(exact) ?? []
      places.push(place)
      whole.set(exact, places)
      continue
    }
    const byRarity = (a: string, b: string) => (uses.get(a) ?? 0) - (uses.get(b) ?? 0) || b.length - a.length
    const literal = literals.toSorted(byRarity)[0]?.slice(-maxLiteral)
    const places = literal === undefined ? always : (filed.get(literal) ?? [])
    places.push(place)
    if (literal !== undefined) filed.set(literal, places)
  }
  return { whole, filed, always }
}

/** Edges are keyed `state * 128 + character`: literals are ASCII, and so small integers stay small. */
function buildAutomaton(filed: ReadonlyMap<string, readonly number[]>) {
  const edges = new Map<number, number>()
  const found: (readonly number[] | undefined)[] = [undefined]
  const children: [state: number, code: number, child: number][] = []
  for (const [literal, places] of filed) {
    let state = 0
    for (let at = 0; at < literal.length; at++) {
      const code = literal.charCodeAt(at)
      let child = edges.get(state * 128 + code)
      if (child === undefined) {
        child = found.push(undefined) - 1
        edges.set(state * 128 + code, child)
        children.push([state, code, child])
      }
      state = child
    }
    found[state] = places
  }
  return searcher(edges, found, children)
}

function searcher(
  edges: ReadonlyMap<number, number>,
  found: readonly (readonly number[] | undefined)[],
  children: readonly (readonly [state: number, code: number, child: number])[],
) {
  const { fallback, shorter } = fallbacks(edges, found, children)
  return (value: string, report: (places: readonly number[]) => void) => {
    let state = 0
    for (let at = 0; at < value.length; at++) {
      const code = value.charCodeAt(at)
      state = code > 127 ? 0 : step(edges, fallback, state, code)
      for (let hit = state; hit > 0; hit = shorter[hit] ?? 0) {
        const places = found[hit]
        if (places) report(places)
      }
    }
  }
}

function step(edges: ReadonlyMap<number, number>, fallback: Int32Array, from: number, code: number): number {
  for (let state = from; ; state = fallback[state] ?? 0) {
    const next = edges.get(state * 128 + code)
    if (next !== undefined) return next
    if (state === 0) return 0
  }
}

/** For each state the longest proper suffix that is a state (`fallback`), and the longest that is a literal. */
function fallbacks(
  edges: ReadonlyMap<number, number>,
  found: readonly (readonly number[] | undefined)[],
  children: readonly (readonly [state: number, code: number, child: number])[],
) {
  const fallback = new Int32Array(found.length)
  const shorter = new Int32Array(found.length)
  for (const [state, code, child] of inBreadth(children, found.length)) {
    const suffix = state === 0 ? 0 : step(edges, fallback, fallback[state] ?? 0, code)
    fallback[child] = suffix
    shorter[child] = found[suffix] ? suffix : (shorter[suffix] ?? 0)
  }
  return { fallback, shorter }
}

function inBreadth<Edge extends readonly [number, number, number]>(edges: readonly Edge[], states: number) {
  const depth = new Int32Array(states)
  for (const [state, , child] of edges) depth[child] = (depth[state] ?? 0) + 1
  return edges.toSorted((a, b) => (depth[a[2]] ?? 0) - (depth[b[2]] ?? 0))
}
