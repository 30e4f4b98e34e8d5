import { cliError, exit } from '../command.ts'
import { peopleIn } from '../simulate/files.ts'
import { plain } from '../terminal/plain-text.ts'
import { print, say } from '../terminal/terminal.ts'
import { type Readable, readable } from './configuration.ts'
import { readTexts, writeFiles } from './files.ts'

export interface GenerateFlags {
  readonly config: string
  readonly format: string
  readonly account?: readonly string[]
  readonly identities?: string
  readonly roles?: string
  readonly metadata?: string
  readonly out?: string
}

/** Writes templates that make in IAM what the rules need. */
export async function generate(flags: GenerateFlags): Promise<void> {
  const iac = await import('../../iac/index.ts')
  const config = await readable(flags.config, flags.metadata)
  const plan = iac.planOf(config.options, await known(config, flags))
  for (const { rule, say: what } of plan.open) say(plain(`Rule ${rule} ${what}.`))
  const nobodyNamed = flags.roles === undefined && flags.identities === undefined
  if (plan.open.length > 0 && nobodyNamed) say(howToName)
  const roles = plan.roles.filter(({ account }) => flags.account?.includes(account) ?? true)
  const lost = flags.account?.find((id) => !roles.some(({ account }) => account === id))
  const listed = plan.open.length === 0 ? '' : ' that could be listed'
  if (lost !== undefined)
    throw cliError(exit.badUsage, `No rule leads to a role of account ${lost}${listed}; nothing is written.`)
  if (roles.length === 0)
    throw cliError(exit.badUsage, `No rule leads to a role${listed}; nothing is written.`)
  const origin = { file: config.file, fingerprint: config.fingerprint, open: plan.open }
  const files = attempt(() => written(iac, flags.format, { roles, origin, config }))
  if (flags.out !== undefined && flags.out !== '-') return writeFiles(flags.out, files, iac.firstWords)
  const [only, ...others] = files.values()
  if (only !== undefined && others.length === 0) return print(only.replace(/\n$/, ''))
  throw cliError(exit.badUsage, `That is ${files.size} files: say where to by --out FOLDER.`)
}

const howToName =
  'Name such roles by --roles FILE (ARNs, one a line), or by --identities FILE people who reach them; theirs are written too.'

type Iac = typeof import('../../iac/index.ts')
type Plan = ReturnType<Iac['planOf']>

interface Wanted {
  readonly roles: Plan['roles']
  readonly origin: Parameters<Iac['cloudFormation']>[0]['origin']
  readonly config: Readable
}

function written(iac: Iac, format: string, { roles, origin, config }: Wanted): ReadonlyMap<string, string> {
  const { metadata, options } = config
  const ask = { roles, origin, metadata }
  const of = (id: string) => ({ ...ask, roles: roles.filter(({ account }) => account === id) })
  switch (format) {
    case 'stackset':
      return new Map([['rolebridge.yaml', iac.cloudFormation(ask)]])
    case 'terraform': {
      const regionOf = (id: string) => options.accounts[id]?.region ?? options.aws.region
      return iac.terraform({ ...ask, regionOf })
    }
    case 'cloudformation': {
      const accounts = [...new Set(roles.map(({ account }) => account))].sort()
      return new Map(accounts.map((id) => [`${id}.yaml`, iac.cloudFormation(of(id))]))
    }
    default:
      throw cliError(exit.badUsage, `--format ${format} is none of cloudformation, stackset, terraform`)
  }
}

/** Roles that no rule names: those that people reach, and those that a file lists. */
async function known({ options }: Readable, { identities, roles }: GenerateFlags) {
  const { rolesOfPeople } = await import('../../iac/index.ts')
  const people = identities === undefined ? undefined : await peopleIn(identities, options)
  const theirs =
    people &&
    rolesOfPeople(
      options,
      people.map(({ identity }) => identity),
      Date.now(),
    )
  const listed = roles === undefined ? [] : await rolesIn(roles)
  return { roles: [...(theirs?.roles ?? []), ...listed], brought: theirs?.brought }
}

/** ARNs one a line, or what `aws iam list-roles` prints. */
async function rolesIn(file: string): Promise<readonly string[]> {
  const { readHeld } = await import('../../iac/index.ts')
  const { parseRoleArn } = await import('../../core/index.ts')
  const [read] = readTexts([file])
  const text = read?.text ?? ''
  if (/^\s*[[{]/.test(text)) return attempt(() => [...readHeld([{ name: file, text }]).roles.keys()])
  const lines = text.split(/\r?\n/).map((line) => line.replace(/#.*/, '').trim())
  const wrong = lines.findIndex((line) => line !== '' && parseRoleArn(line) === undefined)
  if (wrong >= 0) throw cliError(exit.badUsage, `${file}: line ${wrong + 1} is no role ARN`)
  return lines.filter((line) => line !== '')
}

function attempt<T>(act: () => T): T {
  try {
    return act()
  } catch (error) {
    if ((error as { exitCode?: number }).exitCode !== undefined) throw error
    throw cliError(exit.badUsage, (error as Error).message)
  }
}
