import { RE2JS } from 're2js'
import { foldCase, type PatternShape, patternShape } from './pattern-shape.ts'

/** What the named groups of a pattern caught. */
export type Captures = Readonly<Record<string, string>>

/**
 * A regular expression of the configuration. RE2 syntax and running time: linear in the value, whatever the
 * expression or the value. It matches anywhere in a value unless `^` and `$` say otherwise.
 */
export interface Pattern {
  readonly source: string
  /** Names of its groups. */
  readonly groups: readonly string[]
  readonly anchored: boolean
  /** The one value it matches, where it is plain text. */
  readonly exact?: string
  /** Text, in small letters, that every matching value contains. */
  readonly literals: readonly string[]
  /** Undefined: no match. Groups that took no part are absent. */
  capture(value: string): Captures | undefined
}

const maxSource = 1000
const maxProgram = 10_000

/** Longer attribute values are not looked at. */
export const maxValueLength = 4200

type Reading = { pattern: Pattern } | { fault: string }

/** Checking a configuration and compiling it read the same patterns; compiling is what takes the time. */
const readings = new Map<string, Reading>()
const maxReadings = 20_000

/** Reads one pattern, or says in words what is wrong with it. */
export function readPattern(source: string): Reading {
  const known = readings.get(source)
  if (known) return known
  if (readings.size >= maxReadings) readings.clear()
  const reading = compilePattern(source)
  readings.set(source, reading)
  return reading
}

function compilePattern(source: string): Reading {
  if (source === '') return { fault: 'is an empty pattern, which would match everything' }
  if (source.length > maxSource) return { fault: `is longer than ${maxSource} characters` }
  const shape = patternShape(source)
  if (shape.exact !== undefined) return { pattern: plainPattern(source, shape.exact) }
  try {
    const compiled = RE2JS.compile(source)
    if (compiled.programSize() > maxProgram) return { fault: 'is too large a pattern; repeat less' }
    return { pattern: describePattern(source, compiled, shape) }
  } catch (error) {
    return { fault: `is no valid pattern (RE2 syntax): ${error instanceof Error ? error.message : error}` }
  }
}

const noCaptures: Captures = Object.freeze(Object.create(null))

/** Most patterns are one plain text: nothing is left to be run, and thousands of them load at once. */
function plainPattern(source: string, exact: string): Pattern {
  const literals = exact.length > 1 ? [foldCase(exact)] : []
  return {
    ...{ source, groups: [], anchored: true, literals, exact },
    capture: (value) => (value === exact && value.length <= maxValueLength ? noCaptures : undefined),
  }
}

function describePattern(
  source: string,
  compiled: RE2JS,
  { anchored, literals, prefix, suffix }: PatternShape,
): Pattern {
  const groups = Object.keys(compiled.namedGroups())
  return {
    source,
    groups,
    anchored,
    literals,
    capture(value) {
      if (value.length > maxValueLength) return undefined
      if (!value.startsWith(prefix) || !value.endsWith(suffix)) return undefined
      if (groups.length === 0) return compiled.test(value) ? noCaptures : undefined
      const matcher = compiled.matcher(value)
      if (!matcher.find()) return undefined
      const captures: Record<string, string> = Object.create(null)
      for (const name of groups) {
        const text = matcher.group(name)
        if (text !== null) captures[name] = text
      }
      return captures
    },
  }
}
