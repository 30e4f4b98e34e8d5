import { setTimeout as pause } from 'node:timers/promises'
import { exit } from '../command.ts'
import { type Bridge, callApi, streamApi } from '../sign-in/access.ts'
import { say } from '../terminal/terminal.ts'
import type { Sent } from './rows.ts'

/** Filters by the names of the API’s parameters. */
export type Filters = Readonly<Record<string, string | undefined>>

const perPage = 1000
/** Milliseconds between two questions of a follower: a person may ask thirty times a minute. */
const between = 5000

/** The newest records, as many as are wanted, the newest first; and from where to follow what comes. */
export async function newest(bridge: Bridge, filters: Filters, limit: number) {
  const found: Sent[] = []
  let follow: string | undefined
  let before: string | undefined
  do {
    const wanted = String(Math.min(perPage, limit - found.length))
    const body = await callApi(bridge, address({ ...filters, limit: wanted, before }))
    found.push(...recordsIn(body))
    follow ??= textIn(body, 'follow')
    before = textIn(body, 'next')
  } while (before !== undefined && found.length < limit)
  return { records: found, follow }
}

/** What comes in from a place on, for as long as somebody wants to see it. */
export async function* followed(
  bridge: Bridge,
  filters: Filters,
  from: string | undefined,
  shown: ReadonlySet<unknown>,
): AsyncGenerator<readonly Sent[]> {
  let after = from ?? ''
  for (;;) {
    const body = await patiently(() => callApi(bridge, address({ ...filters, after })))
    const next = textIn(body, 'next') ?? after
    // Told twice rather than never: what the page before had.
    yield recordsIn(body).filter(({ id }) => !shown.has(id))
    if (next === after) await pause(between)
    after = next
  }
}

/** The same in a format of the bridge's own, line by line. */
export async function* followedLines(
  bridge: Bridge,
  filters: Filters,
  from: string | undefined,
): AsyncGenerator<string> {
  let after = from ?? ''
  let heads = filters.format === 'csv' ? 1 : 0
  for (let first = true; ; first = false) {
    const { lines, cursor } = await patiently(() => streamApi(bridge, address({ ...filters, after })))
    let left = first ? 0 : heads
    for await (const line of lines) {
      if (left > 0) left -= 1
      else yield line
    }
    heads = filters.format === 'csv' ? 1 : 0
    if (cursor === undefined || cursor === after) await pause(between)
    after = cursor ?? after
  }
}

/** A bridge that is restarted, or busy, is asked again; anything else is said. */
async function patiently<T>(ask: () => Promise<T>): Promise<T> {
  for (let told = false; ; told = true) {
    try {
      return await ask()
    } catch (error) {
      if ((error as { exitCode?: number }).exitCode !== exit.connectivity) throw error
      if (!told) say(`${(error as Error).message}\nTrying again until it answers.`)
      await pause(between)
    }
  }
}

/** The address of a question. */
export function address(parameters: Filters): string {
  const given = Object.entries(parameters).filter((one): one is [string, string] => one[1] !== undefined)
  return `/api/v1/audit?${new URLSearchParams(given)}`
}

function recordsIn({ records }: Sent): readonly Sent[] {
  return Array.isArray(records) ? records.filter((one) => typeof one === 'object' && one !== null) : []
}

function textIn(body: Sent, name: string): string | undefined {
  const value = body[name]
  return typeof value === 'string' && value !== '' ? value : undefined
}
