import type { Command } from 'commander'
import { cliError, exit, type Register } from '../command.ts'
import { type Asked, pathOf, readAsked, sayNext, waitFor } from '../requests/requests.ts'
import { bridgeOf, settingsOf, withOptions } from '../settings.ts'
import { callApi } from '../sign-in/access.ts'
import { forgetCredentials } from '../sign-in/sign-ins.ts'
import { print, printJson, say, styled, table } from '../terminal/terminal.ts'

interface AskOptions {
  readonly reason: string
  readonly breakGlass?: true
  readonly wait?: true
}

/** `request`: asks for a role that others must allow. */
export const request: Register = (program) => {
  const command = program
    .command('request')
    .description('ask for a role that somebody else must allow')
    .requiredOption('--reason <text>', 'why, in one line: whoever allows it reads this')
    .option('--break-glass', 'open it at once, in an emergency; an alarm is raised')
    .option('--wait', 'wait until it is decided, and start it when it is allowed')
    .action(async ({ reason, breakGlass, wait }: AskOptions, command: Command) => {
      const settings = settingsOf(command)
      const { role, account, duration, json } = settings
      if (role === undefined) throw cliError(exit.badUsage, 'Name the role with --role.')
      const bridge = bridgeOf(settings)
      const wish = { role, account, reason, duration, ...(breakGlass && { breakGlass }) }
      const body = await callApi(bridge, '/api/v1/requests', { json: wish })
      const asked = readAsked(body)
      if (!wait) return json ? printJson(body) : tell(asked)
      if (asked.state === 'requested' && !json) tell(asked)
      const decided = await waitFor(bridge, asked)
      const last =
        decided.state === 'approved'
          ? await callApi(bridge, pathOf(asked.id, 'activate'), { method: 'POST' })
          : await callApi(bridge, pathOf(asked.id))
      if (json) printJson(last)
      else tell(readAsked(last))
      if (readAsked(last).state !== 'active') throw cliError(exit.notAuthorised, 'The role is not open.')
    })
  withOptions(command, 'url', 'role', 'account', 'duration', 'json')
}

function tell(asked: Asked): void {
  say(asked.joined ? `You had asked before. ${sayNext(asked)}` : sayNext(asked))
}

/** `requests`: what I asked for, and what waits for me. */
export const requests: Register = (program) => {
  const command = program
    .command('requests')
    .description('what you asked for, and with --decide what others ask of you')
    .option('--decide', 'those that you may decide on or end')
    .action(async ({ decide }: { decide?: true }, command: Command) => {
      const settings = settingsOf(command)
      const view = decide ? 'decide' : 'mine'
      const body = await callApi(bridgeOf(settings), `/api/v1/requests?view=${view}`)
      if (settings.json) return printJson(body.requests ?? body)
      const found = (Array.isArray(body.requests) ? body.requests : []).map(readAsked)
      if (found.length === 0)
        return say(decide ? 'Nobody waits for you.' : 'You have asked for nothing lately.')
      const rows = found.map(({ id, state, role, person, reason }) => [id, state, role, person, reason])
      const [title = '', ...lines] = table([['REQUEST', 'STATE', 'ROLE', 'WHO', 'REASON'], ...rows]).split(
        '\n',
      )
      print([styled('bold', title, process.stdout), ...lines].join('\n'))
    })
  withOptions(command, 'url', 'json')
}

/** A command that takes one step of one request. */
const step =
  (name: string, description: string, withReason = false): Register =>
  (program) => {
    const command = program
      .command(name)
      .description(description)
      .argument('<request>', 'its id, as rolebridge requests shows it')
    if (withReason) command.option('--reason <text>', 'why, in one line')
    command.action(async (id: string, { reason }: { reason?: string }, command: Command) => {
      const settings = settingsOf(command)
      const asking = reason === undefined ? { method: 'POST' as const } : { json: { reason } }
      const bridge = bridgeOf(settings)
      const body = await callApi(bridge, pathOf(id, name), asking).catch((error: unknown) => {
        const { code, message } = error as { code?: string; message: string }
        if (code !== 'step_up_required') throw error
        throw cliError(exit.signInNeeded, `${message}\n${bridge.url}/requests/${id}`)
      })
      // What others hold, only AWS can take away; this program has no more use for what it keeps.
      if (name === 'end' && typeof body.roleArn === 'string')
        forgetCredentials(bridge.folder, bridge.url, body.roleArn)
      if (settings.json) return printJson(body)
      const asked = readAsked(body)
      say(sayNext(asked))
      if (!asked.whole)
        say('Not all that was handed out could be looked through: there may be credentials that work on.')
      if (asked.cuts.length === 0) return
      say('Credentials that are out already work until they end. This makes AWS refuse them at once:')
      print(asked.cuts.join('\n'))
    })
    withOptions(command, 'url', 'json')
  }

export const approve = step('approve', 'allow what somebody asks for')
export const deny = step('deny', 'say no to what somebody asks for', true)
export const activate = step('activate', 'start what was allowed: the role is open from then on')
export const withdraw = step('withdraw', 'take a request of yours back')
export const end = step('end', 'end access that a request opened, at once', true)
