import type { Command } from 'commander'
import { formatDuration } from '../../core/index.ts'
import type { Register } from '../command.ts'
import { record } from '../roles/read-role.ts'
import { bridgeOf, settingsOf, withOptions } from '../settings.ts'
import { callApi, requireSignIn } from '../sign-in/access.ts'
import { plain } from '../terminal/plain-text.ts'
import { print, printJson, table } from '../terminal/terminal.ts'

export const whoami: Register = (program) => {
  const command = program
    .command('whoami')
    .description('who the bridge says you are')
    .option('--attributes', 'also what your identity provider said about you')
    .action(async ({ attributes }: { attributes?: true }, command: Command) => {
      const settings = settingsOf(command)
      const bridge = bridgeOf(settings)
      const me = await callApi(bridge, `/api/v1/me${attributes ? '?attributes=true' : ''}`)
      if (settings.json) return printJson({ url: bridge.url, ...me })
      const { user, expiresAt } = requireSignIn(bridge)
      const left =
        expiresAt === undefined ? '' : `, for ${formatDuration((expiresAt - Date.now()) / 1000)} more`
      const { role, agent } = (me.session ?? {}) as { role?: unknown; agent?: unknown }
      const only = role === undefined ? '' : `, for the role ${plain(role)} only`
      const whose = agent === undefined ? '' : `, as the AI agent ${plain(agent)}`
      print(`${plain(me.user ?? user)} at ${bridge.url}${left}${only}${whose}`)
      if (me.configuration !== undefined) print(`served by configuration ${plain(me.configuration)}`)
      if (attributes) print(sayIdentity(record(me.identity)))
    })
  withOptions(command, 'url', 'json')
}

/** What the identity provider said, one attribute a line, as rules see it. */
function sayIdentity(said: Readonly<Record<string, unknown>>): string {
  const list = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : [])
  const rows = list(said.attributes).map((one) => {
    const { name, also, values, more } = record(one)
    const left = typeof more === 'number' && more > 0 ? [`and ${more} more`] : []
    return [[name, ...list(also)].map(plain).join(' = '), [...list(values).map(plain), ...left].join(', ')]
  })
  const missing = list(said.missing).map(plain)
  return [
    `${plain(said.provider)} said:`,
    table([['NameID', plain(said.nameId)], ['second factor', said.mfa === true ? 'yes' : 'no'], ...rows]),
    ...(rows.length === 0 ? ['No attributes, so no rule about groups can match.'] : []),
    ...(missing.length > 0 ? [`Looked for and not sent: ${missing.join(', ')}`] : []),
  ].join('\n')
}
