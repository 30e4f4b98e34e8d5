import { type Pattern, readPattern } from '../compile/pattern.ts'
import { foldCase } from '../compile/pattern-shape.ts'

/** In what a value differs from one that a pattern matches. */
export type NearMiss =
  | 'blank'
  | 'case'
  | 'domain'
  | 'distinguished-name'
  | 'path'
  | 'several'
  | 'separator'
  | 'object-id'

/** Longer values are no names. */
const longest = 300
const mostParts = 50

/** Values as near misses see them: those that cannot be names are left out, and all others are read at once. */
export interface Nearby {
  readonly values: readonly string[]
  readonly squashed: string
  readonly ids: readonly string[]
}

/** Gets an attribute's values ready to be held against many patterns. */
export function nearby(values: readonly string[]): Nearby {
  const names = values.filter((value) => value !== '' && value.length <= longest)
  return {
    values: names,
    squashed: squash(names.join('\n')),
    ids: names.filter((value) => objectId.test(value)).slice(0, 1),
  }
}

/** Those of the values that may fall just short of the pattern; none for nearly all patterns, and cheaply so. */
export function worthLooking({ literals }: Pattern, { values, squashed, ids }: Nearby): readonly string[] {
  return literals.every((literal) => squashed.includes(squash(literal))) ? values : ids
}

/** The value as it would be without one habit of an identity provider. The first that fits is told. */
const readings: readonly (readonly [NearMiss, (value: string) => readonly string[]])[] = [
  ['blank', (value) => [value.replace(/^[\s\u200b\ufeff]+|[\s\u200b\ufeff]+$/g, '')]],
  ['domain', (value) => [value.slice(value.indexOf('\\') + 1)]],
  ['distinguished-name', (value) => commonName.exec(value)?.slice(1, 2) ?? []],
  [
    'path',
    (value) => [value.slice(1), value.slice(value.lastIndexOf('/') + 1)].filter(() => value[0] === '/'),
  ],
  ['several', (value) => value.split(/\s*[,;|]\s*/, mostParts)],
  ['separator', (value) => [value.replace(/[_ .]/g, '-'), value.replace(/[- .]/g, '_')]],
]

/** The first CN of a distinguished name (RFC 4514). */
const commonName = /^\s*CN\s*=\s*((?:\\.|[^,+\\]){1,256})\s*,/i
const objectId = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i

/**
 * In what a value that does not match falls just short; undefined when it is another one altogether. Cheap for
 * patterns with some text in them, and bounded for all: a value has a dozen readings at most.
 */
export function nearMiss(pattern: Pattern, value: string): NearMiss | undefined {
  if (value === '' || value.length > longest) return undefined
  // Whoever sends object ids sends no names: whatever text the pattern holds will not be among them.
  if (objectId.test(value)) return looksForNames(pattern) ? 'object-id' : undefined
  const squashed = squash(value)
  if (!pattern.literals.every((literal) => squashed.includes(squash(literal)))) return undefined
  const variants = readings.map(
    ([kind, read]) => [kind, read(value).filter((text) => text !== value && text !== '')] as const,
  )
  const exactly = variants.find(([, texts]) => texts.some((text) => pattern.capture(text)))
  if (exactly) return exactly[0]
  const folded = readPattern(`(?i)${pattern.source}`)
  if (!('pattern' in folded)) return undefined
  if (folded.pattern.capture(value)) return 'case'
  return variants.find(([, texts]) => texts.some((text) => folded.pattern.capture(text)))?.[0]
}

const looksForNames = ({ source, literals }: Pattern) =>
  literals.length > 0 && !/[0-9a-f]{8}|\[[^\]]*a-f[^\]]*\]/i.test(source)

/** Case and separators may differ; the text itself may not. */
function squash(text: string): string {
  return foldCase(text).replace(/[-_ .]/g, '-')
}
