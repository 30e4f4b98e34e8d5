import { cliError, exit } from '../command.ts'
import type { Role } from '../roles/role.ts'
import { blockOf, cut, type OwnSection, paste, sectionsIn } from './block.ts'
import { lineBreakOf, sectionsOf } from './ini.ts'
import type { ProfileKind, ProfileSource } from './profile-kind.ts'

/** What `configure` would do to the file. */
export interface Plan {
  /** The whole file as it would be. */
  readonly text: string
  readonly oldBlock: string
  readonly newBlock: string
  readonly written: readonly string[]
  /** Profiles of ours whose role is not offered any more: kept, or dropped by `prune`. */
  readonly stale: readonly string[]
  /** Profiles that were left out, each with the reason. */
  readonly refused: readonly { readonly name: string; readonly why: string }[]
}

export interface PlanOptions extends ProfileSource {
  /** `{account}`, `{accountId}`, `{role}`, `{alias}`. */
  readonly nameTemplate: string
  readonly kind: ProfileKind
  readonly prune: boolean
  /** Where the configuration lies, for the sentence about its marks. */
  readonly configPath: string
  /** Where the credentials file lies, for the sentence about it. */
  readonly credentialsPath: string
}

/** Plans the profiles of all roles between the marks; a pure function of the two files and the roles. */
export function planProfiles(
  config: string,
  credentials: string,
  roles: readonly Role[],
  options: PlanOptions,
): Plan {
  const pieces = cut(config, options.url, options.configPath)
  const elsewhere = new Set(sectionsOf(pieces.before + pieces.after).map(({ title }) => title))
  const shadowing = new Set(sectionsOf(credentials).map(({ title }) => title))
  const refused: { name: string; why: string }[] = []
  const sections: OwnSection[] = []
  for (const [name, role] of named(roles, options.nameTemplate)) {
    const title = titleFor(name)
    if (shadowing.has(name))
      refused.push({
        name,
        why: `${options.credentialsPath} has keys under this name, and AWS tools prefer those`,
      })
    else if (elsewhere.has(title)) refused.push({ name, why: 'your file has a profile of this name already' })
    else sections.push({ title, lines: [...options.kind.profile(role, options), ...regionOf(role)] })
  }
  const own = new Set(sections.map(({ title }) => title))
  const shared = options.kind.shared(options)
  const sharedTitles = new Set(shared.map(({ title }) => title))
  const clash = shared.find(({ title }) => elsewhere.has(title))
  if (clash)
    throw cliError(
      exit.badUsage,
      `Your file has a section [${clash.title}] already; remove it and try again.`,
    )
  const stale = sectionsIn(pieces.block).filter(
    ({ title }) => isProfile(title) && !own.has(title) && !sharedTitles.has(title),
  )
  const kept = options.prune
    ? []
    : stale.filter(({ title }) => !refused.some(({ name }) => titleFor(name) === title))
  const newBlock = blockOf(options.url, [...shared, ...sections, ...kept], lineBreakOf(config))
  return {
    text: paste(pieces, newBlock),
    oldBlock: pieces.block,
    newBlock,
    written: sections.map(({ title }) => nameIn(title)),
    stale: stale.map(({ title }) => nameIn(title)),
    refused,
  }
}

const titleFor = (name: string) => (name === 'default' ? name : `profile ${name}`)
const nameIn = (title: string) => title.replace(/^profile /, '')
const isProfile = (title: string) => title === 'default' || title.startsWith('profile ')

function regionOf({ region }: Role): readonly string[] {
  return region !== undefined && /^[a-z]{2,}[a-z0-9-]*$/.test(region) ? [`region = ${region}`] : []
}

/** Names every role; two roles of one name are a fault of the template. */
function named(roles: readonly Role[], template: string): ReadonlyMap<string, Role> {
  const names = new Map<string, Role>()
  for (const role of roles) {
    const name = nameOf(role, template)
    const other = names.get(name)
    if (other)
      throw cliError(
        exit.badUsage,
        `${other.roleArn} and ${role.roleArn} would both be called ${name}. Try --name "{accountId}-{role}".`,
      )
    names.set(name, role)
  }
  return names
}

function nameOf(role: Role, template: string): string {
  const values: Readonly<Record<string, string>> = {
    account: role.accountName,
    accountId: role.accountId,
    role: role.roleName,
    alias: role.alias ?? `${role.accountName}-${role.roleName}`,
  }
  const name = template
    .replace(/\{(\w+)\}/g, (whole, key: string) => {
      const value = Object.hasOwn(values, key) ? values[key] : undefined
      if (value === undefined)
        throw cliError(
          exit.badUsage,
          `${whole} is no part of a name; there are {account} {accountId} {role} {alias}.`,
        )
      return value
    })
    .trim()
    .replace(/\s+/g, '-')
  if (!/^[\w.+=,@:/-]{1,128}$/.test(name)) throw cliError(exit.badUsage, `“${name}” cannot name a profile.`)
  return name
}
