import { isDeepStrictEqual } from 'node:util'
import { Document, isMap, isScalar, type Pair, parseDocument, Scalar, YAMLMap } from 'yaml'

/** What is to become of an account in the file. */
export interface AccountEdit {
  readonly id: string
  /** For an account that is not in the file yet; the name in the file stays. */
  readonly name: string
  readonly gone: boolean
  /** Set, or taken away where undefined. Others stay. */
  readonly tags: Readonly<Record<string, string | undefined>>
}

/** One place of the file, before and after. */
export interface Change {
  readonly before: string
  readonly after: string
}

interface Splice extends Change {
  readonly at: number
}

/** Edits a file of accounts in place: what is not changed stays as it is written, with its comments. */
export function editAccounts(
  text: string,
  edits: readonly AccountEdit[],
): { readonly text: string; readonly changes: readonly Change[] } | { readonly fault: string } {
  const document = parseDocument(text)
  const [error] = document.errors
  if (error) return { fault: `is no YAML: ${error.message.split('\n', 1)[0]}` }
  const { contents } = document
  if (contents !== null && (!isMap(contents) || contents.flow))
    return { fault: 'must hold accounts by their ids, each on a line of its own' }
  const pairs = new Map((isMap(contents) ? contents.items : []).map((pair) => [idOf(pair), pair]))
  const splices = edits.flatMap((edit) => {
    const pair = pairs.get(edit.id)
    return pair === undefined ? (addition(edit, text.length) ?? []) : (replacement(pair, edit, text) ?? [])
  })
  const edited = apply(text, splices)
  const check = parseDocument(edited)
  // Ranges of the parser decide what is cut: whatever they are, only what was meant may change.
  if (check.errors.length > 0 || !isDeepStrictEqual(plainOf(check), expected(parseDocument(text), edits)))
    return {
      fault: 'cannot be edited in place as it is written; write accounts as "111122223333": { name: … }',
    }
  return { text: edited, changes: splices }
}

function idOf({ key }: Pair): string {
  return isScalar(key) ? (typeof key.value === 'string' ? key.value : (key.source ?? '')) : ''
}

function addition({ id, name, gone, tags }: AccountEdit, at: number): Splice | undefined {
  if (gone) return undefined
  const set = Object.fromEntries(Object.entries(tags).filter(([, value]) => value !== undefined))
  const account = { name, ...(Object.keys(set).length > 0 && { tags: set }) }
  const value = new Document(account).contents as unknown as YAMLMap
  value.flow = true
  const key = new Scalar(id)
  key.type = Scalar.QUOTE_DOUBLE
  return { at, before: '', after: print(key, value) }
}

function replacement(pair: Pair, edit: AccountEdit, text: string): Splice | undefined {
  const { key, value } = pair as { key: Scalar; value: unknown }
  if (!isMap(value) || !key.range || !value.range) return undefined
  const [at] = key.range
  const end = value.range[2]
  const before = text.slice(at, end)
  if (edit.gone) return { at, before, after: '' }
  if (!changeTags(value, edit.tags)) return undefined
  key.commentBefore = null
  key.spaceBefore = false
  const after = print(key, value)
  return { at, before, after: before.endsWith('\n') ? after : after.trimEnd() }
}

/** Changes the tags of an account; false when they are so already. */
function changeTags(account: YAMLMap, tags: AccountEdit['tags']): boolean {
  const written = account.get('tags')
  const known = isMap(written) ? written : new YAMLMap()
  const differs = Object.entries(tags).filter(([key, value]) => textOf(known.get(key)) !== value)
  for (const [key, value] of differs) {
    if (value === undefined) known.delete(key)
    else known.set(key, value)
  }
  if (differs.length === 0) return false
  if (!isMap(written)) {
    known.flow = true
    account.set('tags', known)
  } else if (known.items.length === 0) account.delete('tags')
  return true
}

const textOf = (value: unknown) => (value === undefined ? undefined : String(value))

function print(key: Scalar, value: YAMLMap): string {
  const document = new Document()
  const map = new YAMLMap()
  map.set(key, value)
  document.contents = map as never
  return document.toString({ lineWidth: 0 })
}

function apply(text: string, splices: readonly Splice[]): string {
  let edited = text === '' || text.endsWith('\n') ? text : `${text}\n`
  const shift = edited.length - text.length
  const additions = splices.filter(({ before }) => before === '')
  const rest = splices.filter(({ before }) => before !== '').toSorted((a, b) => b.at - a.at)
  edited += additions.map(({ after }) => after).join('')
  for (const { at, before, after } of rest) {
    // The last entry of a file without a line's end got one.
    const end = at + before.length
    const cut = shift > 0 && end === text.length && after === '' ? end + shift : end
    edited = edited.slice(0, at) + after + edited.slice(cut)
  }
  return edited
}

type Plain = Record<string, Record<string, unknown>>

function plainOf(document: Document.Parsed): Plain {
  return Object.fromEntries(
    (isMap(document.contents) ? document.contents.items : []).map((pair) => [
      idOf(pair as Pair),
      isMap(pair.value) ? pair.value.toJSON() : pair.value,
    ]),
  ) as Plain
}

/** What the file must say afterwards. */
function expected(document: Document.Parsed, edits: readonly AccountEdit[]): Plain {
  const plain = plainOf(document)
  for (const { id, name, gone, tags } of edits) {
    const before = plain[id]
    if (gone) delete plain[id]
    else {
      const all: Record<string, unknown> = { ...(before?.tags as object | undefined) }
      for (const [key, value] of Object.entries(tags)) {
        if (value === undefined) delete all[key]
        else if (String(all[key]) !== value) all[key] = value
      }
      const { tags: _, ...rest } = before ?? { name }
      plain[id] = { ...rest, ...(Object.keys(all).length > 0 && { tags: all }) }
    }
  }
  return plain
}

/** Names and tags of the accounts in a file, as far as they are readable. */
export function accountsIn(
  text: string,
): ReadonlyMap<string, { readonly name: string | undefined; readonly tags: readonly string[] }> {
  return new Map(
    Object.entries(plainOf(parseDocument(text))).map(([id, account]) => [
      id,
      {
        name: typeof account?.name === 'string' ? account.name : undefined,
        tags: Object.keys((account?.tags as object | undefined) ?? {}),
      },
    ]),
  )
}
