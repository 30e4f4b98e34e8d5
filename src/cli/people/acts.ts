import type { Command } from 'commander'
import { cliError, exit } from '../command.ts'
import { settingsOf } from '../settings.ts'
import { callApi, quoted } from '../sign-in/access.ts'
import { plain } from '../terminal/plain-text.ts'
import { printJson, say } from '../terminal/terminal.ts'
import { asked, type PeopleFlags } from './asked.ts'
import { findPerson } from './find.ts'

/** Locks somebody by name. */
export async function lock(user: string, flags: PeopleFlags, command: Command): Promise<void> {
  const { idp, reason, until } = flags
  const json = { user, reason, ...(idp && { idp }), ...(until && { until }) }
  const body = await callApi(asked(command), '/api/v1/locks', { method: 'PUT', json })
  if (settingsOf(command).json) return printJson(body)
  const ends = body.until === undefined ? '' : `, until ${plain(body.until)}`
  say(`${plain(body.user)} is locked${ends}. ${seenAs(body.people)}`)
  if (body.people !== 0) say(`What they hold already: rolebridge people cut ${plain(user)}`)
}

/** Takes the lock away. */
export async function unlock(user: string, _: unknown, command: Command): Promise<void> {
  const query = new URLSearchParams({ user })
  const body = await callApi(asked(command), `/api/v1/locks?${query}`, { method: 'DELETE' })
  if (settingsOf(command).json) return printJson({ unlocked: user, ...body })
  const others = (Array.isArray(body.stillLockedAs) ? body.stillLockedAs : []).map(plain)
  if (others.length === 0) return say(`${plain(user)} may sign in again.`)
  say(
    `Nobody is locked as ${plain(user)} any more, but who has that name is still locked as ${others.join(', ')}.`,
  )
  say(others.map((name) => `Unlock that too with: rolebridge people unlock ${quoted(name)}`).join('\n'))
}

/** Ends all sessions of somebody, or one. */
export async function end(
  user: string,
  session: string | undefined,
  { idp }: PeopleFlags,
  command: Command,
): Promise<void> {
  if (session !== undefined && !/^[\w-]+$/.test(session))
    throw cliError(exit.badUsage, `${session} is no session’s id.`)
  const bridge = asked(command)
  const { ref } = await findPerson(bridge, user, idp)
  const one = session === undefined ? '' : `/${session}`
  const body = await callApi(bridge, `/api/v1/people/${ref}/sessions${one}`, { method: 'DELETE' })
  const ended = session === undefined ? Number(body.ended) : 1
  if (settingsOf(command).json) printJson({ ended })
  else say(ended === 1 ? 'One session has ended.' : `${ended} sessions have ended.`)
}

function seenAs(people: unknown): string {
  if (people === 0) return 'Nobody signed in by this name lately; the lock waits for them.'
  return people === 1 ? 'One person had the name.' : `${plain(people)} people had the name.`
}
