import { type Command, InvalidArgumentError, Option } from 'commander'
import { rebuild } from '../audit/rebuild.ts'
import { fitted, head, rowOf, type Sent } from '../audit/rows.ts'
import { address, type Filters, followed, followedLines, newest } from '../audit/search.ts'
import { verify } from '../audit/verify.ts'
import { cliError, exit, type Register } from '../command.ts'
import { bridgeOf, settingsOf, typedOf, withOptions } from '../settings.ts'
import { type Bridge, streamApi } from '../sign-in/access.ts'
import { print, printJson, say, styled, table } from '../terminal/terminal.ts'

interface Flags {
  readonly user?: string
  readonly idp?: string
  readonly rule?: string
  readonly type?: string
  readonly outcome?: string
  readonly code?: string
  readonly request?: string
  readonly session?: string
  readonly address?: string
  readonly accessKey?: string
  readonly id?: string
  readonly since?: string
  readonly until?: string
  readonly text?: string
  readonly mine?: true
  readonly limit?: number
  readonly follow?: true
  readonly format: 'table' | 'json' | 'ndjson' | 'csv' | 'ocsf'
}

const shownByDefault = 50

export const audit: Register = (program) => {
  const command = program
    .command('audit')
    .description('what happened: your own records, for auditors everybody’s; whether the trail is whole')
    // An option behind the name of a command below is that one’s.
    .enablePositionalOptions()
    .option('--user <name>', 'of this person')
    .option('--idp <name>', 'who signed in through this identity provider')
    .option('--role <arn>', 'about this role')
    .option('--account <number>', 'about this account')
    .option('--rule <id>', 'decided by this rule')
    .option('--type <types>', 'of this type, or of several with commas between')
    .addOption(
      new Option('--outcome <outcome>', 'what was done, or what was refused').choices(['ok', 'refused']),
    )
    .option('--code <code>', 'refused with this code')
    .option('--request <id>', 'of the request with this id, as error pages show it')
    .option('--session <name>', 'of this session')
    .option('--address <address>', 'from this address')
    .option('--access-key <id>', 'about this access key')
    .option('--id <id>', 'the event of this id')
    .option('--since <time>', 'not before a time, such as 2026-01-31T12:00:00Z, or 2d for two days ago')
    .option('--until <time>', 'before a time')
    .option('--text <words>', 'with these words anywhere in the record')
    .option('--mine', 'my own records only')
    .option(
      '--limit <number>',
      `so many, the newest (default: ${shownByDefault}; of csv, ndjson and ocsf all)`,
      count,
    )
    .option('--follow', 'go on with what comes in, until Ctrl-C')
    .addOption(
      new Option('--format <format>', 'how to print it')
        .choices(['table', 'json', 'ndjson', 'csv', 'ocsf'])
        .default('table'),
    )
    .action(async (flags: Flags, command: Command) => {
      const settings = settingsOf(command)
      const { role, account } = typedOf(command)
      const format = settings.json ? 'json' : flags.format
      const filters = filtersOf(flags, { role, account })
      const bridge = bridgeOf(settings)
      if (flags.follow) return follow(bridge, filters, format, flags.limit ?? 10)
      if (format === 'table' || format === 'json')
        return show(await newest(bridge, filters, flags.limit ?? shownByDefault), format)
      const limit = flags.limit === undefined ? undefined : String(flags.limit)
      const { lines } = await streamApi(bridge, address({ ...filters, format, limit }))
      for await (const line of lines) print(line)
    })
  withOptions(command, 'url', 'json')
  verify(command)
  rebuild(command)
}

function show({ records }: { readonly records: readonly Sent[] }, format: 'table' | 'json'): void {
  if (format === 'json') printJson(records)
  else if (records.length === 0) say('No record fits.')
  // As a log is read: the newest at the end, where the prompt is.
  else printTable([head, ...records.toReversed().map(rowOf)])
}

function printTable([title = [], ...rows]: readonly (readonly string[])[]): void {
  const [first = '', ...lines] = table([title, ...rows]).split('\n')
  print(styled('bold', fitted(first, process.stdout), process.stdout))
  for (const line of lines) print(fitted(line, process.stdout))
}

async function follow(
  bridge: Bridge,
  filters: Filters,
  format: Flags['format'],
  limit: number,
): Promise<void> {
  if (filters.until !== undefined) throw cliError(exit.badUsage, '--follow goes on; leave --until away.')
  const { records, follow } = await newest(bridge, filters, limit)
  if (format === 'csv' || format === 'ocsf') {
    for await (const line of followedLines(bridge, { ...filters, format }, follow)) print(line)
    return
  }
  const put = (some: readonly Sent[]) => {
    for (const one of some)
      print(
        format === 'table'
          ? fitted(rowOf(one).filter(Boolean).join('  '), process.stdout)
          : JSON.stringify(one),
      )
  }
  put(records.toReversed())
  const shown = new Set(records.map(({ id }) => id))
  for await (const some of followed(bridge, filters, follow, shown)) put(some)
}

function filtersOf(
  { accessKey, mine, user, idp, rule, type, outcome, code, request, session, ...more }: Flags,
  { role, account }: { readonly role?: string | undefined; readonly account?: string | undefined },
): Filters {
  const { address, id, since, until, text } = more
  return {
    ...{ user, idp, role, account, rule, type, outcome, code, request, session },
    ...{ address, id, since, until, text, access_key: accessKey },
    mine: mine && 'yes',
  }
}

function count(text: string): number {
  if (/^[1-9]\d{0,7}$/.test(text)) return Number(text)
  throw new InvalidArgumentError('write a number from 1 on.')
}
