import { resolve } from 'node:path'
import { type ConfigDocument, readDocument } from '../document.ts'
import { noSources } from '../environment.ts'
import { type ConfigFault, type Finding, formatPlace, type Path } from '../fault.ts'
import type { Reading } from '../reading.ts'
import { type Home, includedFiles, nameIn, partReader } from './included.ts'

/** A configuration as if it stood in one file, and where each piece of it does stand. */
export interface Gathered {
  readonly value: Readonly<Record<string, unknown>>
  /** What is wrong with the form of the other files. */
  readonly faults: readonly ConfigFault[]
  readonly locate: (finding: Finding) => ConfigFault
}

type Block = Readonly<Record<string, unknown>>
interface Part {
  readonly name: string
  readonly document: ConfigDocument
}

/** Puts the accounts of `accountsFile` and the rules of `include` where they belong. */
export function gather(
  main: ConfigDocument & { readonly value: Block },
  home: Home,
  reading: Reading,
): Gathered {
  const read = partReader(reading)
  const accounts = readAccounts(main.value, home, read)
  const rules = readRules(main.value, home, reading, read)
  const parts = [...(accounts ? [accounts] : []), ...rules]
  const faults = parts.flatMap(({ name, document }) => document.faults.map((one) => ({ ...one, file: name })))
  const wrong = parts.flatMap((part) => shapeFault(part, part === accounts) ?? [])
  const sound = rules.filter(({ document }) => Array.isArray(document.value))
  const value = {
    ...main.value,
    ...(isBlock(accounts?.document.value) && {
      accounts: mergeAccounts(accounts.document.value, main.value.accounts),
    }),
    ...(main.value.include !== undefined && { rules: appendRules(main.value.rules, sound) }),
  }
  return { value, faults: [...faults, ...wrong], locate: locator(main, accounts, sound) }
}

/** Nothing in these files is taken from the environment: an account may be called `${SECRET}` by whoever made it. */
const parse = (text: string) => readDocument(text, noSources, () => true)

type Read = ReturnType<typeof partReader>

function readAccounts({ accountsFile }: Block, home: Home, read: Read): Part | undefined {
  if (typeof accountsFile !== 'string' || accountsFile === '') return undefined
  const text = read(['accountsFile'], resolve(home.baseDir, accountsFile))
  return text === undefined ? undefined : { name: nameIn(home, accountsFile), document: parse(text) }
}

function readRules({ include }: Block, home: Home, reading: Reading, read: Read): readonly Part[] {
  if (!Array.isArray(include) || !include.every((one) => typeof one === 'string' && one !== '')) return []
  return includedFiles(include, home, reading).flatMap(({ path, name }) => {
    const text = read(['include'], path)
    return text === undefined ? [] : [{ name, document: parse(text) }]
  })
}

function shapeFault(
  { name, document: { value, faults } }: Part,
  isAccounts: boolean,
): ConfigFault | undefined {
  if (faults.length > 0 || (isAccounts ? isBlock(value) : Array.isArray(value))) return undefined
  const message = isAccounts
    ? 'must hold accounts by their ids: "111122223333": { name: production }'
    : 'must be a list of rules, each with - id: …, and nothing around it; [] for none'
  return { file: name, line: 1, column: 1, path: '', message }
}

function appendRules(own: unknown, parts: readonly Part[]): unknown {
  if (own !== undefined && !Array.isArray(own)) return own
  return [...(own ?? []), ...parts.flatMap(({ document }) => document.value)]
}

/** What is written by hand beside the rules wins, key by key: of an imported account it may say the colour alone. */
function mergeAccounts(imported: Block, own: unknown): unknown {
  if (own === undefined) return imported
  if (!isBlock(own)) return own
  const merged: Record<string, unknown> = { ...imported }
  for (const [id, account] of Object.entries(own)) merged[id] = overlay(merged[id], account)
  return merged
}

function overlay(below: unknown, above: unknown): unknown {
  if (!isBlock(below) || !isBlock(above)) return above
  const tags = isBlock(below.tags) && isBlock(above.tags) ? { tags: { ...below.tags, ...above.tags } } : {}
  return { ...below, ...above, ...tags }
}

function locator(
  main: ConfigDocument,
  accounts: Part | undefined,
  rules: readonly Part[],
): Gathered['locate'] {
  const written = isBlock(main.value) ? main.value : {}
  let from = Array.isArray(written.rules) ? written.rules.length : 0
  const starts = rules.map((part) => {
    const start = from
    from += (part.document.value as unknown[]).length
    return { part, start, end: from }
  })
  const find = (finding: Finding): ConfigFault => {
    const [first, second, ...rest] = finding.path
    const found = starts.find(({ start, end }) => Number(second) >= start && Number(second) < end)
    if (first === 'rules' && found)
      return within(found.part, finding, [Number(second) - found.start, ...rest])
    if (first === 'accounts' && second !== undefined && accounts) {
      const inFile = finding.path.slice(1)
      if (depth(accounts.document.value, inFile) > depth(written.accounts, inFile))
        return within(accounts, finding, inFile)
    }
    return main.locate(finding)
  }
  return ({ earlier, ...finding }) => {
    const fault = find(finding)
    if (earlier === undefined) return fault
    const before = find({ path: earlier, message: '' })
    return { ...fault, message: `${fault.message}, ${formatPlace(before)}` }
  }
}

const within = ({ name, document }: Part, finding: Finding, path: Path): ConfigFault => ({
  ...document.locate({ ...finding, path }),
  file: name,
})

/** How many steps of a path there are. */
function depth(value: unknown, path: Path): number {
  const [step, ...rest] = path
  if (step === undefined || typeof value !== 'object' || value === null || !Object.hasOwn(value, step))
    return 0
  return 1 + depth((value as Record<string | number, unknown>)[step], rest)
}

/** A block of keys, and neither a list nor a single word. */
export function isBlock(value: unknown): value is Block {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
