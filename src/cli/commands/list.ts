import type { Command } from 'commander'
import { formatDuration, sayMoment } from '../../core/index.ts'
import type { Register } from '../command.ts'
import { fetchLocked, type LockedRole } from '../roles/locked.ts'
import { hasOwnAlias, matchRoles, type Role } from '../roles/role.ts'
import { fetchRoles } from '../roles/roles.ts'
import { bridgeOf, type Settings, settingsOf, withOptions } from '../settings.ts'
import { print, printJson, say, styled, table, wrapped } from '../terminal/terminal.ts'

export const list: Register = (program) => {
  const command = program
    .command('list')
    .alias('ls')
    .description('the roles that you may take now')
    .option('--locked', 'those that a rule gives you and only a condition keeps shut, and why')
    .action(async ({ locked }: { locked?: true }, command: Command) => {
      const settings = settingsOf(command)
      const bridge = bridgeOf(settings)
      if (locked) return listLocked(settings, (await fetchLocked(bridge)).locked)
      const roles = matchRoles(await fetchRoles(bridge), settings)
      if (settings.json) return printJson(roles)
      if (roles.length === 0) return say('You may take no such role. Why: rolebridge explain')
      print(asTable(roles))
    })
  withOptions(command, 'url', 'role', 'account', 'json')
}

function listLocked(settings: Settings, locked: readonly LockedRole[]): void {
  const roles = matchRoles(locked, settings)
  if (settings.json) printJson(roles)
  else if (roles.length === 0) say('No role is locked by a condition. Why not another: rolebridge explain')
  else printByReason(roles)
}

/** One rule may lock a role in hundreds of accounts: why is said once. */
function printByReason(roles: readonly LockedRole[]): void {
  const rows = table(roles.map((role) => ['', role.accountName, role.roleName, role.accountId])).split('\n')
  const groups = new Map<string, string[]>()
  roles.forEach((role, index) => {
    const why = role.reasons.join(' ')
    groups.set(why, [...(groups.get(why) ?? []), rows[index] ?? ''])
  })
  for (const [why, lines] of groups) {
    print(styled('bold', wrapped(why, process.stdout), process.stdout))
    print(lines.join('\n'))
  }
}

function asTable(roles: readonly Role[]): string {
  const aliases = roles.some(hasOwnAlias)
  const ways = roles.some(({ through }) => through !== undefined)
  const windows = roles.some(({ window }) => window !== undefined)
  const head = [
    'ACCOUNT',
    'ROLE',
    'NUMBER',
    ...(aliases ? ['ALIAS'] : []),
    ...(ways ? ['THROUGH'] : []),
    ...(windows ? ['UNTIL'] : []),
    'ARN',
  ]
  const rows = roles.map((role) => [
    role.accountName,
    role.roleName,
    role.accountId,
    ...(aliases ? [role.alias ?? ''] : []),
    ...(ways ? [sayWay(role)] : []),
    ...(windows ? [sayWindow(role)] : []),
    role.roleArn,
  ])
  return titled([head, ...rows])
}

function titled(rows: readonly (readonly string[])[]): string {
  const [title = '', ...lines] = table(rows).split('\n')
  return [styled('bold', title, process.stdout), ...lines].join('\n')
}

/** The bridge's time zone is not this machine's, so the moment names its own. */
function sayWindow({ window }: Role): string {
  return window === undefined
    ? ''
    : `${sayMoment(Date.parse(window.ends))}, when the window of ${window.rule} ends`
}

/** `hub, 1h at most`: the names of the roles on the way. */
function sayWay({ through = [], maxDuration }: Role): string {
  const names = through.map((arn) => arn.slice(arn.lastIndexOf('/') + 1)).join(' > ')
  return names === '' || maxDuration === undefined
    ? names
    : `${names}, ${formatDuration(maxDuration)} at most`
}
