import { cliError, exit } from '../command.ts'

/** What the files say of an organization, each account and unit by its id. */
export interface Organization {
  readonly accounts: Map<string, { readonly name: string; readonly open: boolean }>
  readonly tags: Map<string, Readonly<Record<string, string>>>
  /** Names of organizational units. */
  readonly units: Map<string, string>
  /** The unit, or the root, that an account or a unit is in. */
  readonly parents: Map<string, string>
}

type Fields = Readonly<Record<string, unknown>>
interface Source {
  /** The account, unit or root that the file's name names. */
  readonly account: string | undefined
  readonly unit: string | undefined
  readonly fault: (message: string) => Error
}

/** By the field that each answer of AWS Organizations has. */
const shapes: Readonly<
  Record<string, (into: Organization, found: readonly Fields[], source: Source) => void>
> = {
  Accounts: takeAccounts,
  Account: takeAccounts,
  OrganizationalUnits: takeUnits,
  OrganizationalUnit: takeUnits,
  Parents: takeParents,
  Tags: takeTags,
}

/** A new organization of which nothing is known yet. */
export function emptyOrganization(): Organization {
  return { accounts: new Map(), tags: new Map(), units: new Map(), parents: new Map() }
}

/** Takes in what one command of `aws organizations` printed. Its answers do not say about whom they are; names of files do. */
export function takeFile(into: Organization, file: string, text: string): void {
  const fault = (message: string) => cliError(exit.badUsage, `${file} ${message}`)
  const answer = fieldsOf(parseJson(text, fault))
  const shape = Object.keys(shapes).find((name) => Object.hasOwn(answer, name))
  if (shape === undefined) throw fault(sayShapes)
  // Half of an account's tags would take the others away.
  if (answer.NextToken)
    throw fault('is one page of several; run the command without --max-items and --no-paginate')
  const name = file.slice(Math.max(file.lastIndexOf('/'), file.lastIndexOf('\\')) + 1)
  const [account] = /(?<!\d)\d{12}(?!\d)/.exec(name) ?? []
  const [unit] =
    /(?<![a-z0-9])(?:ou-[0-9a-z]{4,32}-[0-9a-z]{8,32}|r-[0-9a-z]{4,32})(?![0-9a-z])/.exec(name) ?? []
  const found = [answer[shape]].flat().map(fieldsOf)
  shapes[shape]?.(into, found, { account, unit, fault })
}

const sayShapes =
  'is nothing that aws organizations list-accounts, list-accounts-for-parent, list-organizational-units-for-parent, ' +
  'describe-organizational-unit, list-parents or list-tags-for-resource print (--output json)'

function takeAccounts(
  { accounts, parents }: Organization,
  found: readonly Fields[],
  { unit, fault }: Source,
) {
  for (const { Id, Name, State, Status, Paths } of found) {
    const id = String(Id)
    if (!/^\d{12}$/.test(id)) throw fault('has an account without an Id of twelve digits')
    // State took the place of Status in September 2026.
    accounts.set(id, { name: String(Name ?? ''), open: (State ?? Status ?? 'ACTIVE') === 'ACTIVE' })
    if (unit !== undefined) parents.set(id, unit)
    const path = [Paths].flat().find((one) => typeof one === 'string')
    if (path !== undefined) takePath(parents, id, path)
  }
}

/** `o-…/r-…/ou-…/ou-…/111122223333/`: each is in the one before. */
function takePath(parents: Organization['parents'], id: string, path: string): void {
  const steps = path.split('/').filter((step) => /^(?:ou|r)-[0-9a-z-]{1,70}$/.test(step))
  for (const [index, step] of [...steps, id].entries()) {
    const parent = steps[index - 1]
    if (parent !== undefined) parents.set(step, parent)
  }
}

function takeUnits({ units, parents }: Organization, found: readonly Fields[], { unit, fault }: Source) {
  for (const { Id, Name, Path } of found) {
    if (typeof Id !== 'string' || typeof Name !== 'string') throw fault('has a unit without Id or Name')
    units.set(Id, Name)
    if (typeof Path === 'string') takePath(parents, Id, Path)
    // describe-organizational-unit names the unit itself, list-organizational-units-for-parent its parent.
    if (unit !== undefined && unit !== Id) parents.set(Id, unit)
  }
}

function takeParents(
  { parents }: Organization,
  [parent]: readonly Fields[],
  { account, unit, fault }: Source,
) {
  const child = account ?? unit
  if (child === undefined) throw fault('does not say whose parent this is; call it parents-111122223333.json')
  if (typeof parent?.Id === 'string') parents.set(child, parent.Id)
}

function takeTags({ tags }: Organization, found: readonly Fields[], { account, unit, fault }: Source) {
  if (account === undefined && unit !== undefined) return
  if (account === undefined)
    throw fault('does not say whose tags these are; call it tags-111122223333.json, by the id of the account')
  tags.set(account, Object.fromEntries(found.map(({ Key, Value }) => [String(Key), String(Value ?? '')])))
}

function parseJson(text: string, fault: Source['fault']): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw fault('is no JSON; let aws print it with --output json')
  }
}

function fieldsOf(value: unknown): Fields {
  return typeof value === 'object' && value !== null ? (value as Fields) : {}
}
