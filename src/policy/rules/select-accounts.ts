import { suggestion } from '../../core/index.ts'
import type { AccountOptions, AccountSelection } from './account-options.ts'
import type { Issue } from './issue.ts'

/** The accounts of the configuration, ready to be chosen from. */
export interface AccountDirectory {
  readonly ids: readonly string[]
  /** More than one where accounts are called the same. */
  readonly byName: ReadonlyMap<string, readonly string[]>
  /** Tag to value to accounts. */
  readonly byTag: ReadonlyMap<string, ReadonlyMap<string, ReadonlySet<string>>>
}

/** Indexes accounts by what rules choose them by. */
export function directoryOf(accounts: AccountOptions): AccountDirectory {
  const byName = new Map<string, string[]>()
  const byTag = new Map<string, Map<string, Set<string>>>()
  for (const [id, { name, tags }] of Object.entries(accounts)) {
    entry(byName, name, () => []).push(id)
    for (const [key, value] of Object.entries(tags))
      entry(
        entry(byTag, key, () => new Map()),
        value,
        () => new Set(),
      ).add(id)
  }
  return { ids: Object.keys(accounts), byName, byTag }
}

function entry<Key, Value>(map: Map<Key, Value>, key: Key, make: () => Value): Value {
  const known = map.get(key)
  if (known !== undefined) return known
  const made = make()
  map.set(key, made)
  return made
}

/**
 * The ids that a selection chooses, in the order of the configuration. Whatever it names must be there, a tag's value
 * too: what takes away by a word that is spelt wrong would take nothing away.
 */
export function selectAccounts(
  selection: AccountSelection,
  directory: AccountDirectory,
): { readonly ids: readonly string[]; readonly faults: readonly Issue[] } {
  const chosen = choose(selection, directory)
  const left = selection.not && choose(selection.not, directory)
  const faults = [
    ...chosen.faults,
    ...(left?.faults ?? []).map((fault) => ({ ...fault, path: ['not', ...fault.path] })),
  ]
  const ids = directory.ids.filter((id) => chosen.ids.has(id) && !left?.ids.has(id))
  if (faults.length === 0 && ids.length === 0) faults.push({ path: [], message: sayNone(directory) })
  return { ids, faults }
}

function sayNone({ ids }: AccountDirectory): string {
  return ids.length === 0
    ? 'chooses from the accounts of the configuration, and there are none: name them in accounts, or in an accountsFile'
    : 'chooses no account'
}

interface Chosen {
  readonly ids: ReadonlySet<string>
  readonly faults: readonly Issue[]
}

function choose({ named, tags }: Omit<AccountSelection, 'not'>, directory: AccountDirectory): Chosen {
  if (named !== undefined) return chooseNamed(named, directory)
  const faults: Issue[] = []
  let ids: ReadonlySet<string> = new Set(directory.ids)
  for (const [key, wanted] of Object.entries(tags)) {
    const values = directory.byTag.get(key)
    if (values === undefined) {
      faults.push({ path: [key], message: sayUnknownTag(key, directory.byTag), aboutKey: true })
      continue
    }
    const found = new Set<string>()
    for (const [index, value] of wanted.entries()) {
      const path = wanted.length === 1 ? [key] : [key, index]
      const own = values.get(value)
      if (own === undefined) faults.push({ path, message: unknown(`${key}`, value, [...values.keys()]) })
      for (const id of own ?? []) if (ids.has(id)) found.add(id)
    }
    ids = found
  }
  return { ids, faults }
}

function chooseNamed(named: readonly string[], { ids, byName }: AccountDirectory): Chosen {
  const known = new Set(ids)
  const chosen = new Set<string>()
  const faults: Issue[] = []
  for (const [index, name] of named.entries()) {
    const found = known.has(name) ? [name] : isAccountId(name) ? [] : (byName.get(name) ?? [])
    const [only, ...others] = found
    if (only !== undefined && others.length === 0) {
      chosen.add(only)
      continue
    }
    const path = named.length === 1 ? [] : [index]
    if (only !== undefined) faults.push({ path, message: sayNamesakes(name, found) })
    else if (name === '*') faults.push({ path, message: "stands alone: accounts: '*'" })
    else
      faults.push({ path, message: unknown(undefined, name, isAccountId(name) ? ids : [...byName.keys()]) })
  }
  return { ids: chosen, faults }
}

const isAccountId = (text: string) => /^\d{12}$/.test(text)

const sayNamesakes = (name: string, ids: readonly string[]) =>
  `"${name}" is the name of ${ids.join(' and of ')}; write the id`

/** That no account has a tag, with the nearest that one has. */
export function sayUnknownTag(tag: string, byTag: AccountDirectory['byTag']): string {
  return unknown('tag', tag, [...byTag.keys()])
}

function unknown(what: string | undefined, word: string, known: readonly string[]): string {
  const meant = suggestion(word, known)
  const hint = meant === undefined ? '' : `; did you mean "${meant}"?`
  if (what === undefined) return `no account is called "${word}"${hint}`
  return what === 'tag' ? `no account has a tag "${word}"${hint}` : `no account has ${what} "${word}"${hint}`
}
