/**
 * Writes docs/guides/configuration.md from the schema of the configuration, the table of kinds in
 * docs/guides/identity-providers.md and that of warnings in docs/guides/check.md: `npx tsx scripts/docs.ts`.
 * With `--check` it writes nothing and fails when a page is out of date. Types and defaults are the schema's,
 * words are in docs-words.ts; a key without words, or words without a key, is an error.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { configJsonSchema } from '../src/config.ts'
import { warningCodes } from '../src/core/index.ts'
import { kindsTable } from './docs-kinds.ts'
import { intro, words } from './docs-words.ts'

interface Schema {
  readonly type?: string | readonly string[]
  readonly properties?: Readonly<Record<string, Schema>>
  readonly additionalProperties?: Schema | boolean
  readonly items?: Schema
  readonly anyOf?: readonly Schema[]
  readonly oneOf?: readonly Schema[]
  readonly const?: unknown
  readonly enum?: readonly string[]
  readonly required?: readonly string[]
  readonly default?: unknown
}

interface Row {
  readonly key: string
  readonly type: string
  readonly standard: string
}

const page = fileURLToPath(new URL('../docs/guides/configuration.md', import.meta.url))
const checkPage = fileURLToPath(new URL('../docs/guides/check.md', import.meta.url))
const guidePage = fileURLToPath(new URL('../docs/guides/identity-providers.md', import.meta.url))

/** All keys that hold a value, in the order of the schema; `*` stands for a name of your own. */
function rows(schema: Schema, path: string, needed: boolean): readonly Row[] {
  if (schema.oneOf) return kindsOfBlock(schema.oneOf, path)
  const inner = typeof schema.additionalProperties === 'object' ? schema.additionalProperties : undefined
  if (schema.properties)
    return Object.entries(schema.properties).flatMap(([name, value]) =>
      rows(value, path === '' ? name : `${path}.${name}`, schema.required?.includes(name) ?? false),
    )
  if (inner?.properties || inner?.oneOf) return rows(inner, `${path}.*`, needed)
  if (schema.items?.properties) return rows(schema.items, `${path}[]`, needed)
  return [{ key: path, type: typeName(schema), standard: standardOf(schema, needed) }]
}

/** A block of several kinds: its common keys once, and behind the others which kind they belong to. */
function kindsOfBlock(kinds: readonly Schema[], path: string): readonly Row[] {
  const chooser = kinds.some(({ properties }) => properties?.via) ? 'via' : 'kind'
  const each = kinds.map((kind) => ({
    via: valuesOf(kind.properties?.[chooser]),
    rows: rows(kind, path, true),
  }))
  const keys = [...new Set(each.flatMap((kind) => kind.rows.map(({ key }) => key)))]
  return keys.map((key) => {
    const found = each.flatMap(({ via, rows }) =>
      rows.filter((row) => row.key === key).map((row) => ({ via, row })),
    )
    const [first] = found
    if (first === undefined) throw new Error(`no kind has ${key}`)
    if (key === `${path}.${chooser}`) {
      const type = each.flatMap(({ via }) => via.map((one) => `\`${one}\``)).join(' ')
      return { key, type, standard: `\`${each[0]?.via[0]}\`` }
    }
    const only =
      found.length < kinds.length
        ? ` (${chooser === 'via' ? `\`via: ${found.flatMap(({ via }) => via).join(' ')}\`` : found.map(({ via }) => spoken(via)).join(', ')})`
        : ''
    return { ...first.row, type: first.row.type + only }
  })
}

const valuesOf = (schema: Schema | undefined): readonly string[] => schema?.enum ?? [String(schema?.const)]

/** The kinds of SAML are many and one: told by what they speak. */
const spoken = (kinds: readonly string[]) => (kinds.length > 1 ? 'SAML' : `\`kind: ${kinds[0]}\``)

function typeName(schema: Schema): string {
  if (schema.enum) return schema.enum.map((name) => `\`${name}\``).join(' ')
  if (schema.anyOf) return [...new Set(schema.anyOf.map(typeName))].join(' or ')
  if (schema.items) return `list of ${typeName(schema.items)}`
  if (schema.type === 'object') return 'block'
  if (Array.isArray(schema.type)) return 'duration'
  return (
    { boolean: 'true or false', integer: 'number', string: 'text' }[String(schema.type)] ?? `${schema.type}`
  )
}

function standardOf({ default: standard }: Schema, needed: boolean): string {
  if (standard === undefined) return needed ? 'needed' : ''
  return Array.isArray(standard) && standard.length === 0
    ? ''
    : `\`${JSON.stringify(standard).replaceAll('"', '')}\``
}

function render(): string {
  const all = rows(configJsonSchema() as Schema, '', true)
  const keys = new Set(all.map(({ key }) => key))
  const silent = [...keys].filter((key) => words[key] === undefined)
  const stale = Object.keys(words).filter((key) => !keys.has(key))
  if (silent.length + stale.length > 0)
    throw new Error(
      `docs-words.ts: no words for ${silent.join(', ') || '–'}; no such key: ${stale.join(', ') || '–'}`,
    )
  const table = all.map(
    ({ key, type, standard }) => `| \`${key}\` | ${type} | ${standard} | ${words[key] ?? ''} |`,
  )
  return `${intro}\n| key | type | default | what |\n|---|---|---|---|\n${table.join('\n')}\n`
}

/** A page with its table, which stands between two marks. */
function withTable(file: string, name: string, table: string): string {
  const text = readFileSync(file, 'utf8')
  const between = new RegExp(`(<!-- ${name}: [^>]*-->\\n)[\\s\\S]*(?=<!-- end of ${name} -->)`)
  if (!between.test(text)) throw new Error(`${file}: the marks of the table are gone`)
  return text.replace(between, (_, start: string) => start + table)
}

function warningsTable(): string {
  const rows = Object.entries(warningCodes).map(([code, what]) => `| \`${code}\` | ${what} |`)
  return `| code | what |\n|---|---|\n${rows.join('\n')}\n`
}

for (const [file, text] of [
  [page, render()],
  [guidePage, withTable(guidePage, 'kinds', kindsTable())],
  [checkPage, withTable(checkPage, 'warnings', warningsTable())],
] as const) {
  if (!process.argv.includes('--check')) writeFileSync(file, text)
  else if (readFileSync(file, 'utf8') !== text) {
    console.error(`${file} is out of date; run: npx tsx scripts/docs.ts`)
    process.exitCode = 1
  }
}
