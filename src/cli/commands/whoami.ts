import type { Command } from 'commander'
import { formatDuration } from '../../core/index.ts'
import type { Register } from '../command.ts'
import { bridgeOf, settingsOf, withOptions } from '../settings.ts'
import { callApi, requireSignIn } from '../sign-in/access.ts'
import { plain } from '../terminal/plain-text.ts'
import { print, printJson } from '../terminal/terminal.ts'

export const whoami: Register = (program) => {
  const command = program
    .command('whoami')
    .description('who the bridge says you are')
    .action(async (_options: unknown, command: Command) => {
      const settings = settingsOf(command)
      const bridge = bridgeOf(settings)
      const me = await callApi(bridge, '/api/v1/me')
      if (settings.json) return printJson({ url: bridge.url, ...me })
      const { user, expiresAt } = requireSignIn(bridge)
      const left =
        expiresAt === undefined ? '' : `, for ${formatDuration((expiresAt - Date.now()) / 1000)} more`
      const { role, agent } = (me.session ?? {}) as { role?: unknown; agent?: unknown }
      const only = role === undefined ? '' : `, for the role ${plain(role)} only`
      const whose = agent === undefined ? '' : `, as the AI agent ${plain(agent)}`
      print(`${plain(me.user ?? user)} at ${bridge.url}${left}${only}${whose}`)
    })
  withOptions(command, 'url', 'json')
}
