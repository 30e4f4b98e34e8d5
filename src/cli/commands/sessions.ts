import type { Command } from 'commander'
import { cliError, exit, type Register } from '../command.ts'
import { bridgeOf, settingsOf, withOptions } from '../settings.ts'
import { callApi } from '../sign-in/access.ts'
import { plain } from '../terminal/plain-text.ts'
import { print, printJson, say, styled, table } from '../terminal/terminal.ts'

interface Listed {
  readonly ref: string
  readonly kind?: string
  readonly current?: boolean
  readonly createdAt?: string
  readonly expiresAt?: string
  readonly client?: string
  readonly host?: string
  readonly agent?: string
  readonly address?: string
  readonly userAgent?: string
}

export const sessions: Register = (program) => {
  const command = program.command('sessions').description('where you are signed in; end what you do not know')
  const list = command
    .command('list', { isDefault: true })
    .description('your sessions')
    .action(async (_options: unknown, command: Command) => {
      const settings = settingsOf(command)
      const body = await callApi(bridgeOf(settings), '/api/v1/sessions')
      if (settings.json) return printJson(body.sessions ?? body)
      const found = (Array.isArray(body.sessions) ? body.sessions : []) as Listed[]
      const rows = found.map((one) => [
        plain(one.ref),
        plain(one.kind ?? ''),
        plain(
          [one.client ?? one.userAgent?.slice(0, 40), one.host].filter(Boolean).join(' on ') +
            (one.agent === undefined ? '' : ` (AI agent ${one.agent})`),
        ),
        plain(one.address ?? ''),
        when(one.createdAt),
        when(one.expiresAt),
        one.current ? 'this one' : '',
      ])
      const head = ['SESSION', 'KIND', 'PROGRAM', 'ADDRESS', 'SINCE', 'UNTIL', '']
      const [title = '', ...lines] = table([head, ...rows]).split('\n')
      print([styled('bold', title, process.stdout), ...lines].join('\n'))
    })
  const revoke = command
    .command('revoke')
    .description('end a session')
    .argument('<session>', 'as the list shows it')
    .action(async (id: string, _options: unknown, command: Command) => {
      const settings = settingsOf(command)
      if (!/^[\w.~-]+$/.test(id)) throw cliError(exit.badUsage, `${id} is no session’s id.`)
      await callApi(bridgeOf(settings), `/api/v1/sessions/${id}`, { method: 'DELETE' })
      if (settings.json) return printJson({ revoked: id })
      say('The session has ended.')
    })
  for (const one of [list, revoke]) withOptions(one, 'url', 'json')
}

function when(moment: string | undefined): string {
  const at = Date.parse(moment ?? '')
  return Number.isFinite(at) ? new Date(at).toISOString().slice(0, 16).replace('T', ' ') : ''
}
