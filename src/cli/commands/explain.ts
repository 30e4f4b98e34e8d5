import type { Command } from 'commander'
import { parseEntitlementArn } from '../../core/index.ts'
import { cliError, exit, type Register } from '../command.ts'
import { whomToAsk } from '../http.ts'
import { matchRoles } from '../roles/role.ts'
import { fetchRoles } from '../roles/roles.ts'
import { bridgeOf, settingsOf, withOptions } from '../settings.ts'
import { callApi } from '../sign-in/access.ts'
import { explainOffline, type OfflineFlags } from '../simulate/explain-offline.ts'
import { plain } from '../terminal/plain-text.ts'
import { print, printJson, styled } from '../terminal/terminal.ts'

const marks = new Map<unknown, string>([
  ['granted', '✓'],
  ['denied', '✗'],
])

export const explain: Register = (program) => {
  const command = program
    .command('explain')
    .description('why you may take a role, or why not')
    .argument('[role]', 'the role; all rules without one')
    .option('-c, --config <file>', 'by this configuration, without asking a bridge')
    .option(
      '--identity <file>',
      'with --config: for whom, as `whoami --attributes --json` prints somebody; - reads it',
    )
    .option('--user <name>', 'with --identity: which of the people in the file')
    .option('--at <time>', 'with --config: when, such as 2026-01-31T08:00:00Z; now without it')
    .option('--from <address>', 'with --config: from which address')
    .option('--channel <door>', 'with --config: by which door: portal, cli, aws-sso …')
    .option('--purpose <text>', 'with --config: what for')
    .action(async (named: string | undefined, options: Partial<OfflineFlags>, command: Command) => {
      const settings = settingsOf(command)
      const role = named ?? settings.role
      const { config } = options
      if (config !== undefined) {
        const body = await explainOffline({ ...options, config }, role)
        return settings.json ? printJson(body) : tell(body)
      }
      const bridge = bridgeOf(settings)
      const arn = role === undefined || parseEntitlementArn(role) ? role : await arnOf(role)
      const query = arn === undefined ? '' : `?${new URLSearchParams({ role: arn })}`
      const body = await callApi(bridge, `/api/v1/explain${query}`)
      if (settings.json) return printJson(body)
      tell(body)

      /** A name can be looked up only among the roles one has. */
      async function arnOf(name: string): Promise<string> {
        const [only, ...others] = matchRoles(await fetchRoles(bridge), { ...settings, role: name })
        if (only !== undefined && others.length === 0) return only.roleArn
        if (/^\d{12}$/.test(settings.account ?? '')) return `arn:aws:iam::${settings.account}:role/${name}`
        throw cliError(
          exit.badUsage,
          `${name} is not one role of yours. Ask by its whole ARN, or with --account NUMBER.`,
        )
      }
    })
  withOptions(command, 'url', 'role', 'account', 'json')
}

/** The answer first, then what to do and whom to ask, then how it came to be. */
function tell(body: Readonly<Record<string, unknown>>): void {
  const list = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : [])
  const steps = list(body.steps) as readonly Record<string, unknown>[]
  const granted = steps.some(({ outcome, decisive }) => outcome === 'granted' && decisive === true)
  print(plain(body.summary))
  for (const line of [...list(body.advice).map(plain), ...(granted ? [] : whomToAsk(body))]) print(line)
  for (const { rule, outcome, say } of steps) {
    const name = styled('bold', plain(rule), process.stdout)
    print(`  ${marks.get(outcome) ?? '·'} ${name}: ${plain(say)}`)
  }
}
