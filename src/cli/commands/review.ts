import { type Command, Option } from 'commander'
import type { Register } from '../command.ts'
import { askReview, queryOf, type ReviewFlags } from '../review/ask.ts'
import { type SignOffFlags, signOff, signOffsOf } from '../review/sign-off.ts'
import { list, tellReview } from '../review/tell.ts'
import { bridgeOf, settingsOf, typedOf, withOptions } from '../settings.ts'
import { streamApi } from '../sign-in/access.ts'
import { plain } from '../terminal/plain-text.ts'
import { print, printJson, say, table } from '../terminal/terminal.ts'

interface Flags extends ReviewFlags {
  readonly format: 'table' | 'csv' | 'markdown' | 'json'
}

export const review: Register = (program) => {
  const command = program
    .command('review')
    .description('who may what, who used it, and who said that it is right; for auditors and administrators')
    .option('--days <number>', 'how far back; default: 90')
    .option('--person <name>', 'people with this in their name')
    .option('--account <account>', 'roles of this account, by number or name')
    .option('--tag <tag>', 'roles of accounts with this tag, such as env=prod')
    .option('--role <role>', 'this role, by ARN or name')
    .option('--rule <id>', 'roles that this rule leads to')
    .option('--unused', 'only what nobody used')
    .addOption(
      new Option('--format <format>', 'how to print it')
        .choices(['table', 'csv', 'markdown', 'json'])
        .default('table'),
    )
    .action(async (flags: Flags, command: Command) => {
      const settings = settingsOf(command)
      const { role, account } = typedOf(command)
      const bridge = bridgeOf(settings)
      const query = queryOf({ ...flags, ...(role && { role }), ...(account && { account }) })
      const format = settings.json ? 'json' : flags.format
      const found = await askReview(bridge, query)
      if (format === 'table') return tellReview(found)
      query.set('format', format)
      const { lines } = await streamApi(bridge, `/api/v1/review/export?${query}`)
      for await (const line of lines) print(line)
    })
  const sign = command
    .command('sign-off')
    .description('say that what a person, a rule or an account gives is right, or what shall go')
    .option('--person <name>', 'what this person has')
    .option('--rule <id>', 'what this rule gives')
    .option('--account <number>', 'what people have in this account')
    .option('--keep', 'it is right as it is')
    .option('--remove <what>', 'what shall go, for whoever edits the rules')
    .option('--note <text>', 'with --keep: why')
    .option('--days <number>', 'how far back; default: 90')
    .option('--yes', 'do not ask')
    .action(async (flags: SignOffFlags, command: Command) => {
      const settings = settingsOf(command)
      const { account } = typedOf(command)
      const signed = await signOff(bridgeOf(settings), { ...flags, ...(account && { account }) })
      if (settings.json) return printJson(signed)
      say('Signed off.')
    })
  const signed = command
    .command('sign-offs')
    .description('what was signed off, the latest first')
    .option('--to-be-removed', 'only what shall go')
    .action(async ({ toBeRemoved }: { toBeRemoved?: true }, command: Command) => {
      const settings = settingsOf(command)
      const signOffs = await signOffsOf(bridgeOf(settings), toBeRemoved === true)
      if (settings.json) return printJson(signOffs)
      const rows = signOffs.flatMap(({ kind, name, signOffs: all }) =>
        list(all)
          .slice(0, 1)
          .map(({ decision, by, at, note }) => [
            ...[plain(kind), plain(name), plain(decision).replaceAll('_', ' '), plain(by)],
            ...[plain(at).slice(0, 10), plain(note)],
          ]),
      )
      if (rows.length === 0) return say('Nothing was signed off.')
      print(table([['WHAT', 'NAME', 'DECISION', 'BY', 'WHEN', 'NOTE'], ...rows]))
    })
  for (const one of [command, sign, signed]) withOptions(one, 'url', 'json')
}
