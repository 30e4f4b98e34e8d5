import type { Command } from 'commander'
import { parseEntitlementArn } from '../../core/index.ts'
import { cliError, exit, type Register } from '../command.ts'
import { whomToAsk } from '../http.ts'
import { fetchLocked } from '../roles/locked.ts'
import { matchRoles, type RoleWish } from '../roles/role.ts'
import { fetchRoles } from '../roles/roles.ts'
import { bridgeOf, settingsOf, withOptions } from '../settings.ts'
import { type Bridge, callApi } from '../sign-in/access.ts'
import { explainOffline, type OfflineFlags } from '../simulate/explain-offline.ts'
import { plain } from '../terminal/plain-text.ts'
import { print, printJson, styled, wrapped } from '../terminal/terminal.ts'

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
      const arn =
        role === undefined || parseEntitlementArn(role) ? role : await arnOf(bridge, { ...settings, role })
      const query = arn === undefined ? '' : `?${new URLSearchParams({ role: arn })}`
      const body = await callApi(bridge, `/api/v1/explain${query}`)
      if (settings.json) return printJson(body)
      tell(body)
    })
  withOptions(command, 'url', 'role', 'account', 'json')
}

/** A name can be looked up only among the roles one has or would have; of another role it needs the account. */
async function arnOf(bridge: Bridge, wish: RoleWish & { readonly role: string }): Promise<string> {
  const roles = await fetchRoles(bridge)
  const mine = matchRoles(roles, wish)
  const known = [...roles, ...(mine.length === 0 ? (await fetchLocked(bridge)).locked : [])]
  const found = mine.length === 0 ? matchRoles(known, wish) : mine
  const [only, ...others] = found
  if (only !== undefined && others.length === 0) return only.roleArn
  if (only !== undefined)
    throw cliError(
      exit.badUsage,
      `${wish.role} could be ${found.length} of your roles. Name the account too: --account ${only.accountName}`,
    )
  const { account = '' } = wish
  const numbers = new Set(account ? matchRoles(known, { account }).map(({ accountId }) => accountId) : [])
  const [number = /^\d{12}$/.test(account) ? account : undefined] = numbers
  // All roles of one bridge are of one partition.
  const { partition } = parseEntitlementArn(known[0]?.roleArn ?? '') ?? { partition: 'aws' }
  if (number !== undefined && numbers.size < 2) return `arn:${partition}:iam::${number}:role/${wish.role}`
  throw cliError(
    exit.badUsage,
    `${wish.role} is not one role of yours. Ask by its whole ARN, or with --account NUMBER.`,
  )
}

/** The answer first, then what to do and whom to ask, then how it came to be. */
function tell(body: Readonly<Record<string, unknown>>): void {
  const list = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : [])
  const steps = list(body.steps) as readonly Record<string, unknown>[]
  const granted = steps.some(({ outcome, decisive }) => outcome === 'granted' && decisive === true)
  const lines = [plain(body.summary), ...list(body.advice).map(plain), ...(granted ? [] : whomToAsk(body))]
  for (const line of lines) print(wrapped(line, process.stdout))
  for (const { rule, outcome, say } of steps) {
    const name = styled('bold', plain(rule), process.stdout)
    print(wrapped(`  ${marks.get(outcome) ?? '·'} ${name}: ${plain(say)}`, process.stdout))
  }
}
