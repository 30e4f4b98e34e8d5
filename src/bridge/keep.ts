import { type Clock, type Collection, type Credentials, personKey } from '../core/index.ts'
import type { Issued, Keep } from './parts.ts'

/** Milliseconds of life that kept credentials must still have to be worth another call. */
const reserve = 60_000

/** Fetches once what several ask for at the same time, and keeps it while it is worth it. */
export function createKeep({
  issued,
  clock,
}: {
  readonly issued: Collection<Issued>
  readonly clock: Clock
}): Keep {
  const flights = new Map<string, Promise<Credentials>>()
  return ({ identity }, terms, fetch) => {
    const key = JSON.stringify(['kept', personKey(identity), terms])
    const flight = flights.get(key) ?? find(key, fetch).finally(() => flights.delete(key))
    flights.set(key, flight)
    return flight
  }

  async function find(key: string, fetch: () => Promise<Credentials>): Promise<Credentials> {
    const kept = await issued.get(key)
    if (kept !== undefined && kept.credentials.expiresAt > clock() + reserve) return kept.credentials
    const credentials = await fetch()
    await issued.put(key, { credentials, duration: 0 }, credentials.expiresAt)
    return credentials
  }
}
