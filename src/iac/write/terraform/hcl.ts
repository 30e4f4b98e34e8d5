/** What can stand in HCL as a value. */
export type HclValue =
  | string
  | number
  | boolean
  | readonly HclValue[]
  | Expression
  | { readonly [key: string]: HclValue }

/** Terraform's own words, written as they are. */
export class Expression {
  readonly text: string
  constructor(text: string) {
    this.text = text
  }
}

/** A call such as `jsonencode(…)`, with a value inside. */
export const call = (name: string, value: HclValue, depth = 0) =>
  new Expression(`${name}(${hclValue(value, depth)})`)

const escapes: Readonly<Record<string, string>> = {
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
  '"': '\\"',
  '\\': '\\\\',
}

/**
 * A quoted template of HCL (native syntax specification, "Template Expressions"): `${` and `%{` would begin a sequence, in
 * IAM's `${aws:username}` as in anything else, so they are doubled. A sign before them that stands for itself is written by
 * its number, because three signs in a row read differently.
 */
export function hclString(text: string): string {
  const inside = text
    .replace(/["\\\n\r\t]/g, (char) => escapes[char] ?? char)
    .replace(/[\p{C}\p{Zl}\p{Zp}]/gu, (char) => unicode(char.codePointAt(0) ?? 0))
    .replace(/([$%]+)\{/g, (_, signs: string) => {
      const before = [...signs.slice(0, -1)].map((sign) => unicode(sign.charCodeAt(0))).join('')
      return `${before}${signs.slice(-1).repeat(2)}{`
    })
  return `"${inside}"`
}

const unicode = (code: number) =>
  code > 0xffff ? `\\U${code.toString(16).padStart(8, '0')}` : `\\u${code.toString(16).padStart(4, '0')}`

const indent = (depth: number) => '  '.repeat(depth)

/** A value, as `terraform fmt` would leave it. */
export function hclValue(value: HclValue, depth = 0): string {
  if (value instanceof Expression) return value.text
  if (typeof value === 'string') return hclString(value)
  if (typeof value !== 'object') return String(value)
  if (Array.isArray(value)) {
    if (value.length === 0) return '[]'
    if (value.every((one) => typeof one !== 'object') && value.length === 1) return `[${hclValue(value[0])}]`
    const lines = value.map((one) => `${indent(depth + 1)}${hclValue(one, depth + 1)},\n`)
    return `[\n${lines.join('')}${indent(depth)}]`
  }
  const entries = Object.entries(value as Readonly<Record<string, HclValue>>)
  if (entries.length === 0) return '{}'
  return `{\n${attributes(entries, depth + 1)}${indent(depth)}}`
}

/** `terraform fmt` aligns the signs of neighbours whose values stand on one line. */
function attributes(entries: readonly (readonly [string, HclValue])[], depth: number): string {
  const rows = entries.map(([key, value]) => ({
    name: /^[A-Za-z_][\w-]*$/.test(key) ? key : hclString(key),
    text: hclValue(value, depth),
  }))
  const isLong = ({ text }: { text: string }) => text.includes('\n')
  return rows
    .map((row, index) => {
      let from = index
      let to = index
      while (from > 0 && !isLong(rows[from - 1] ?? row)) from--
      while (to + 1 < rows.length && !isLong(rows[to + 1] ?? row)) to++
      const alike = isLong(row) ? [row] : rows.slice(from, to + 1)
      const width = Math.max(...alike.map(({ name }) => name.length))
      return `${indent(depth)}${row.name.padEnd(width)} = ${row.text}\n`
    })
    .join('')
}

/** `kind "label" { … }` with its attributes and blocks. */
export function hclBlock(
  head: string,
  body: Readonly<Record<string, HclValue>>,
  inner: readonly string[] = [],
): string {
  const blocks = inner.map((one) => `\n${one.replace(/^(?=.)/gm, '  ')}`)
  return `${head} {\n${attributes(Object.entries(body), 1)}${blocks.join('')}}\n`
}
