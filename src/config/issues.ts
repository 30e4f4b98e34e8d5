import type { z } from 'zod'
import { suggestion } from '../core/index.ts'
import type { Finding, Path } from './fault.ts'
import { knownKeys, placesOfKey } from './known-keys.ts'

type Issue = z.core.$ZodIssue

/** Puts what a schema found into the words of the configuration. `value` is what the schema was given. */
export function findingsOf(issues: readonly Issue[], base: Path, value: unknown): readonly Finding[] {
  return issues.flatMap((issue) =>
    findingsOfIssue(issue, [...base, ...(issue.path as Path)], valueAt(value, issue.path)),
  )
}

function findingsOfIssue(issue: Issue, path: Path, value: unknown): readonly Finding[] {
  switch (issue.code) {
    case 'unrecognized_keys':
      return issue.keys.map((key) => ({
        path: [...path, key],
        message: sayUnknown(key, path, value),
        aboutKey: true,
      }))
    case 'invalid_key':
      return issue.issues.map(({ message }) => ({ path, message, aboutKey: true }))
    case 'invalid_union':
      return unionFindings(issue, path, value)
    case 'invalid_type':
      return [{ path, message: sayType(issue.expected, value) }]
    case 'invalid_value':
      return [{ path, message: sayValue(issue.values.map(String), value) }]
    case 'too_small':
    case 'too_big':
      return [
        {
          path,
          message:
            value === ''
              ? 'is empty'
              : issue.message.replace(/^(Too (small|big|short|long)|Invalid input): /, ''),
        },
      ]
    case 'custom':
      return [{ path, message: issue.message, aboutKey: issue.params?.aboutKey === true }]
    default:
      return [{ path, message: issue.message }]
  }
}

function sayUnknown(key: string, path: Path, block: unknown): string {
  const known = knownKeys(path)
  const places = placesOfKey(path, key, block)
  if (places !== undefined) {
    const { chooser, kinds, known } = places
    return `has no place with this ${chooser}; it belongs to ${chooser}: ${kinds.join(' or ')}; known here: ${known.join(', ')}`
  }
  const meant = suggestion(key, known)
  if (meant) return `unknown key; did you mean "${meant}"?`
  return `unknown key${known.length > 0 ? `; known here: ${known.join(', ')}` : ''}`
}

/** Of the ways a value may be written, reports the one that came closest. */
function unionFindings(issue: Extract<Issue, { code: 'invalid_union' }>, path: Path, value: unknown) {
  if (issue.discriminator !== undefined && 'options' in issue) {
    const options = [issue.options].flat().filter((option) => typeof option === 'string')
    return [{ path, message: sayValue(options, value) }]
  }
  const branches = issue.errors.filter((errors) => !errors.some((error) => isWrongType(error)))
  const [closest] = branches
  if (closest) return findingsOf(closest, path, value)
  const expected = issue.errors.flatMap((errors) =>
    errors.flatMap((error) =>
      error.code === 'invalid_type' && error.path.length === 0 ? [error.expected] : [],
    ),
  )
  const nested = issue.errors.find((errors) => errors.every((error) => error.path.length > 0))
  if (nested) return findingsOf(nested, path, value)
  return [{ path, message: sayType(expected, value) }]
}

function isWrongType(issue: Issue): boolean {
  return issue.code === 'invalid_type'
}

const typeWords: Readonly<Record<string, string>> = {
  string: 'text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  object: 'a block of keys',
  record: 'a block of keys',
  array: 'a list',
}

function sayType(expected: string | readonly string[], value: unknown): string {
  const words = [...new Set([expected].flat().map((type) => typeWords[type] ?? type))].join(' or ')
  if (value === undefined) return 'is missing'
  if (value === null) return `is empty; it must be ${words}`
  const quote = words.includes('text') && typeof value !== 'object' ? '; put it in quotes' : ''
  return `must be ${words}${quote}`
}

function sayValue(values: readonly string[], value: unknown): string {
  if (value === undefined) return 'is missing'
  const meant = typeof value === 'string' ? suggestion(value, values) : undefined
  return `must be one of ${values.join(', ')}${meant ? `; did you mean "${meant}"?` : ''}`
}

function valueAt(value: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>((node, step) => {
    if (typeof node !== 'object' || node === null || !Object.hasOwn(node, step)) return undefined
    return (node as Record<PropertyKey, unknown>)[step]
  }, value)
}
