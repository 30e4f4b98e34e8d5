import {
  isMap,
  isNode,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  type Pair,
  type Scalar,
  visit,
  type YAMLMap,
  type YAMLSeq,
} from 'yaml'
import { type Sources, substitute } from './environment.ts'
import { type ConfigFault, type Finding, formatPath, type Path, type PathStep } from './fault.ts'
import { parseYaml } from './parse-yaml.ts'

/** A configuration file as plain data, and where each piece of it stands. */
export interface ConfigDocument {
  readonly value: unknown
  readonly faults: readonly ConfigFault[]
  /** Finds the line and column of a finding; the nearest place above it when it stands nowhere itself. */
  readonly locate: (finding: Finding) => ConfigFault
  /** What stands behind a key of the top, as it is written; empty when there is none. */
  readonly writtenAt: (key: string) => string
}

const maxLength = 10_000_000

/** Whether `${…}` at a place is none of the environment's. */
type IsLiteral = (path: Path) => boolean

type Place = (offset: number) => { readonly line: number; readonly column: number }

/**
 * Reads YAML 1.2 without anchors, aliases and tags: one place says one thing. Puts in the environment, and
 * keeps keys as they are written, so that an account id need not be quoted.
 */
export function readDocument(
  text: string,
  sources: Sources,
  isLiteral: IsLiteral = isTemplate,
): ConfigDocument {
  if (text.length > maxLength) return unreadable('is larger than 10 MB')
  const lines = new LineCounter()
  const parsed = parseYaml(text, lines)
  const place: Place = (offset) => {
    const { line, col } = lines.linePos(offset)
    return { line, column: col }
  }
  if ('tooDeepAt' in parsed) return unreadable('nests too deep', place(parsed.tooDeepAt))
  const { document, second } = parsed
  if (second !== undefined)
    return unreadable('a second document begins here; there is one in a file', place(second))
  const faults: ConfigFault[] = [...document.errors, ...document.warnings].map(({ message, pos }) => ({
    ...place(pos[0]),
    path: '',
    message: saySyntax(message),
  }))
  if (faults.length === 0) faults.push(...tidy(document.contents, text, place, sources, isLiteral))
  const locate = locator(document.contents, place)
  return {
    value: faults.length > 0 ? undefined : (document.toJS({ maxAliasCount: 0 }) ?? {}),
    faults,
    locate,
    writtenAt: (key) => {
      const value = isMap(document.contents) ? document.contents.get(key, true) : undefined
      const range = isNode(value) ? value.range : undefined
      return range ? text.slice(range[0], range[1]) : ''
    },
  }
}

function unreadable(message: string, place = { line: 1, column: 1 }): ConfigDocument {
  const fault = { ...place, path: '', message }
  return { value: undefined, faults: [fault], locate: () => fault, writtenAt: () => '' }
}

function saySyntax(message: string): string {
  if (message.startsWith('Tabs are not allowed')) return 'a tab; YAML is indented with spaces only'
  if (message.startsWith('Unresolved tag')) return 'tags (!…) are not allowed'
  return message.charAt(0).toLowerCase() + message.slice(1)
}

/** Checks and adjusts every scalar in place. */
function tidy(
  contents: Node | null,
  text: string,
  place: Place,
  sources: Sources,
  isLiteral: IsLiteral,
): readonly ConfigFault[] {
  const faults: ConfigFault[] = []
  const report = (node: Node, message: string, shift = 0) =>
    faults.push({ ...place((node.range?.[0] ?? 0) + shift), path: '', message })
  visit(contents, {
    Alias: (_, node) => void report(node, 'aliases (*…) are not allowed; write it out'),
    Collection: (_, node) => {
      checkPlain(node, report)
      if (isMap(node)) checkKeys(node, report)
    },
    Scalar: (role, node, ancestors) => {
      checkPlain(node, report)
      if (role === 'key') return tidyKey(node, (message) => report(node, message))
      if (typeof node.value === 'number' && String(node.value) !== node.source)
        report(node, `${node.source} would be read as the number ${node.value}; put it in quotes`)
      if (typeof node.value !== 'string' || isLiteral(pathOf(ancestors))) return
      const source = text.slice(node.range?.[0] ?? 0, node.range?.[1] ?? 0)
      node.value = substitute(node.value, sources, (message, asked) =>
        report(node, message, Math.max(0, source.indexOf(asked))),
      )
    },
  })
  return faults
}

/** Nothing but the value itself: no name to repeat it by, no type to read it as. */
function checkPlain(node: Scalar | YAMLMap | YAMLSeq, report: (node: Node, message: string) => void): void {
  if (node.anchor !== undefined) report(node, 'anchors (&…) are not allowed')
  if (node.tag !== undefined) report(node, 'tags (!…) are not allowed')
}

/** A name is given once, however it is written: the second would take the place of the first without a word. */
function checkKeys({ items }: YAMLMap, report: (node: Node, message: string) => void): void {
  const seen = new Set<string>()
  for (const { key } of items) {
    if (!isScalar(key)) {
      // Others report themselves: an alias, or no key at all.
      if (isMap(key) || isSeq(key)) report(key, 'a list or a block is no key; put it in quotes')
      continue
    }
    const name = nameOf(key)
    if (seen.has(name)) report(key, 'this key was already given above')
    seen.add(name)
  }
}

/** A key as it is written: an account id need not be quoted. */
const nameOf = ({ value, source }: Scalar) => (typeof value === 'string' ? value : (source ?? String(value)))

function tidyKey(node: Scalar, report: (message: string) => void): void {
  node.value = nameOf(node)
  if (node.value === '__proto__') report('this name is not allowed')
  if (node.value === '<<') report('merge keys (<<) are not allowed; write it out')
}

/** Places where `${…}` means a variable of the policy, not of the environment. */
function isTemplate([first, second]: Path): boolean {
  return (
    first === 'rules' ||
    first === 'auditors' ||
    first === 'administrators' ||
    (first === 'aws' && second === 'provider')
  )
}

function pathOf(ancestors: readonly unknown[]): Path {
  return ancestors.flatMap((ancestor): PathStep[] => {
    const key =
      typeof ancestor === 'object' && ancestor !== null && 'key' in ancestor ? ancestor.key : undefined
    return isScalar(key) ? [String(key.value)] : []
  })
}

function locator(contents: Node | null, place: Place): ConfigDocument['locate'] {
  return ({ path, message, aboutKey = false }) => {
    let node: unknown = contents
    let offset = contents?.range?.[0] ?? 0
    for (const [index, step] of path.entries()) {
      const pair = isMap(node) ? node.items.find((item) => isNamed(item, String(step))) : undefined
      const next = pair ? pair.value : isSeq(node) ? node.items[Number(step)] : undefined
      const keyOffset = isScalar(pair?.key) ? pair.key.range?.[0] : undefined
      const isLast = index === path.length - 1
      if (!pair && !next) break
      // A fault in a value points at the value when that is one word, else at the key it stands behind.
      const valueOffset = isScalar(next) && !(aboutKey && isLast) ? next.range?.[0] : undefined
      const itemOffset = isMap(next) || isSeq(next) ? next.range?.[0] : undefined
      offset = valueOffset ?? keyOffset ?? itemOffset ?? offset
      node = next
    }
    return { ...place(offset), path: formatPath(path), message }
  }
}

function isNamed({ key }: Pair, name: string): boolean {
  return isScalar(key) && String(key.value) === name
}
