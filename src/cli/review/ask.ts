import { setTimeout as pause } from 'node:timers/promises'
import { cliError, exit } from '../command.ts'
import { type Bridge, callApi } from '../sign-in/access.ts'
import { plain } from '../terminal/plain-text.ts'
import { spinner } from '../terminal/terminal.ts'

/** The filters of a review, as flags and the API name them. */
export interface ReviewFlags {
  readonly days?: string
  readonly person?: string
  readonly account?: string
  readonly tag?: string
  readonly role?: string
  readonly rule?: string
  readonly unused?: true
}

/** The question as the API takes it. */
export function queryOf({ days, person, account, tag, role, rule, unused }: ReviewFlags): URLSearchParams {
  const given = Object.entries({ days, person, account, tag, role, rule, unused: unused && 'true' })
  return new URLSearchParams(given.filter((one): one is [string, string] => one[1] !== undefined))
}

/** Milliseconds between two looks, and the longest that anybody waits for a review. */
const [between, longest] = [1000, 15 * 60_000]

/** A review; waits until it is made, and shows how far it is. */
export async function askReview(bridge: Bridge, query: URLSearchParams): Promise<Record<string, unknown>> {
  let [people, of] = [0, 0]
  let stop: (() => void) | undefined
  try {
    for (let waited = 0; waited < longest; waited += between) {
      const body = await callApi(bridge, `/api/v1/review?${query}`)
      if (body.underWay === undefined) return body
      const progress = body.underWay as Record<string, unknown>
      people = Number(progress.people) || people
      of = Number(progress.of) || of
      stop ??= spinner(() => `going through everybody: ${people} of ${of} so far`, longest / 1000)
      await pause(between)
    }
  } finally {
    stop?.()
  }
  throw cliError(exit.connectivity, `${plain(bridge.url)} is still at it after 15 minutes. Ask again later.`)
}
