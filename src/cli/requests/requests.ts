import { setTimeout as pause } from 'node:timers/promises'
import { cliError, exit } from '../command.ts'
import { record, text } from '../roles/read-role.ts'
import { type Bridge, callApi } from '../sign-in/access.ts'
import { plain } from '../terminal/plain-text.ts'

/** A request as the command line shows it. */
export interface Asked {
  readonly id: string
  readonly state: string
  readonly role: string
  readonly person: string
  readonly reason: string
  readonly page: string
  readonly endsAt: string | undefined
  readonly joined: boolean
  readonly cuts: readonly string[]
  /** All credentials that are out were found. */
  readonly whole: boolean
}

/** Reads what the bridge says of a request; nothing of it is shown as it came. */
export function readAsked(body: unknown): Asked {
  const one = record(body)
  const cuts = (Array.isArray(one.cuts) ? one.cuts : []).map((cut) => plain(record(cut).command))
  return {
    id: plain(one.id),
    state: plain(one.state),
    role: `${plain(record(one.account).name)}/${plain(one.roleName)}`,
    person: plain(record(one.person).user),
    reason: plain(one.reason),
    page: plain(one.page),
    endsAt: text(one.endsAt),
    joined: one.joined === true,
    cuts,
    whole: one.whole !== false,
  }
}

/** The path of a request; an id is what the bridge said, or somebody typed. */
export function pathOf(id: string, step?: string): string {
  if (!/^[\w-]{1,40}$/.test(id)) throw cliError(exit.badUsage, `${id} is no request’s id.`)
  return `/api/v1/requests/${id}${step === undefined ? '' : `/${step}`}`
}

/** Seconds between two looks. */
const between = 3

/** Waits until somebody has decided. */
export async function waitFor(bridge: Bridge, asked: Asked): Promise<Asked> {
  let now = asked
  while (now.state === 'requested') {
    await pause(between * 1000)
    now = readAsked(await callApi(bridge, pathOf(asked.id)))
  }
  return now
}

/** What to do next, for whoever asked. */
export function sayNext({ id, state, role, page, endsAt }: Asked): string {
  const until = endsAt === undefined ? '' : ` until ${endsAt.slice(0, 16).replace('T', ' ')} UTC`
  const words: Readonly<Record<string, string>> = {
    requested: `${id}: ${role} waits for somebody to allow it. They find it at ${page}`,
    approved: `${id}: ${role} was allowed. Start it with: rolebridge activate ${id}`,
    active: `${id}: ${role} is open${until}.`,
  }
  return words[state] ?? `${id}: ${role} is ${state}.`
}
