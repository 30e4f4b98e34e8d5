import { type Command, Option } from 'commander'
import { type FormatName, formatNames, formats } from '../../formats/index.ts'
import type { Register } from '../command.ts'
import { credentialsFor } from '../credentials/issue.ts'
import { narrowerOf, withNarrower } from '../credentials/narrower.ts'
import { resolveRole } from '../roles/roles.ts'
import { settingsOf, withOptions } from '../settings.ts'
import { print } from '../terminal/terminal.ts'
import { bridgeFor, withWorkload } from '../workload/workload.ts'

export const credentials: Register = (program) => {
  const command = program
    .command('credentials')
    .description('print credentials of a role')
    .addOption(
      new Option('--format <format>', 'how to write them').choices(formatNames).default('json', 'json'),
    )
    .option('--profile <name>', 'section of a credentials file', 'default')
    .option('--fresh', 'new ones, whatever is kept')
    .action(async (options: { format: FormatName; profile: string; fresh?: boolean }, command: Command) => {
      const settings = settingsOf(command)
      const narrower = narrowerOf(command)
      const bridge = bridgeFor(command, settings)
      const roleArn = await resolveRole(bridge, settings, narrower.narrower)
      const { json } = settings
      const want = { roleArn, fresh: options.fresh === true, ...narrower }
      const kept = await credentialsFor(bridge, want)
      const format = formats[json ? 'json' : options.format]
      print(format.render(kept.credentials, { profile: options.profile }))
    })
  withNarrower(command)
  withWorkload(command)
  withOptions(command, 'url', 'role', 'account', 'duration', 'json')
}
