import { basename } from 'node:path'
import { type Command, Option } from 'commander'
import { formatForShell, shells } from '../../formats/index.ts'
import { cliError, exit, type Register } from '../command.ts'
import { credentialsFor } from '../credentials/issue.ts'
import { narrowerOf, withNarrower } from '../credentials/narrower.ts'
import { resolveRole } from '../roles/roles.ts'
import { settingsOf, withOptions } from '../settings.ts'
import { print, say } from '../terminal/terminal.ts'
import { bridgeFor, withWorkload } from '../workload/workload.ts'

export const env: Register = (program) => {
  const command = program
    .command('env')
    .description('print the lines that put credentials into a shell; older variables are unset first')
    .addOption(new Option('--shell <shell>', 'which shell (default: yours)').choices(shells))
    .option('--fresh', 'new ones, whatever is kept')
    .action(async (options: { shell?: string; fresh?: boolean }, command: Command) => {
      const settings = settingsOf(command)
      const shell = options.shell ?? ownShell()
      const format = formatForShell(shell)
      if (format === undefined)
        throw cliError(exit.badUsage, `Rolebridge does not know the shell ${shell}; name one with --shell.`)
      const narrower = narrowerOf(command)
      const bridge = bridgeFor(command, settings)
      const roleArn = await resolveRole(bridge, settings, narrower.narrower)
      const { json } = settings
      const want = { roleArn, fresh: options.fresh === true, ...narrower }
      const kept = await credentialsFor(bridge, want)
      if (json) return print(kept.output)
      if (process.stdout.isTTY && shell !== 'dotenv') say(`# To run these lines: ${howToRun(shell)}`)
      print(format.render(kept.credentials))
    })
  withNarrower(command)
  withWorkload(command)
  withOptions(command, 'url', 'role', 'account', 'duration', 'json')
}

function ownShell(): string {
  const { SHELL, PSModulePath } = process.env
  if (SHELL) return basename(SHELL)
  return PSModulePath ? 'powershell' : process.platform === 'win32' ? 'cmd' : 'bash'
}

function howToRun(shell: string): string {
  if (shell === 'fish') return 'rolebridge env … | source'
  if (shell === 'powershell' || shell === 'pwsh') return 'rolebridge env … | Out-String | Invoke-Expression'
  if (shell === 'cmd') return 'write them to a .bat file and call it'
  return 'eval "$(rolebridge env …)"'
}
