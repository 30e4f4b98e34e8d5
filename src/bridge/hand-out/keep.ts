import { type Clock, type Collection, type Credentials, personKey } from '../../core/index.ts'
import type { Issued, Keep } from '../parts.ts'

/** Milliseconds of life that kept credentials must still have to be worth another call. */
const reserve = 60_000
/**
 * Whether AWS refuses those who sign or what they ask for often looks the same. So that a closed role does not double
 * the calls, others are fetched in the place of refused ones so many milliseconds after STS was asked for them last.
 */
const pause = 60_000

type Fetch = () => Promise<Credentials>

/** Fetches once what several ask for at the same time, and keeps it while it is worth it. */
export function createKeep({
  issued,
  clock,
}: {
  readonly issued: Collection<Issued>
  readonly clock: Clock
}): Keep {
  const flights = new Map<string, Promise<Credentials>>()
  return ({ identity }, terms, fetch, refused) => {
    const key = JSON.stringify(['kept', personKey(identity), terms])
    return refused === undefined
      ? together(key, () => find(key, fetch))
      : together(`${key} anew`, () => replace(key, refused, fetch))
  }

  function together(name: string, go: Fetch): Promise<Credentials> {
    const flight = flights.get(name) ?? go().finally(() => flights.delete(name))
    flights.set(name, flight)
    return flight
  }

  async function find(key: string, fetch: Fetch): Promise<Credentials> {
    const kept = await issued.get(key)
    if (kept !== undefined && kept.credentials.expiresAt > clock() + reserve) return kept.credentials
    return fetchAndKeep(key, fetch)
  }

  /** Of all nodes one asks STS; the time of asking is written first, so that a fetch that fails counts as well. */
  async function replace(key: string, refused: Credentials, fetch: Fetch): Promise<Credentials> {
    const now = clock()
    const isDue = ({ credentials, askedAt = 0 }: Issued) =>
      credentials.accessKeyId === refused.accessKeyId && Math.abs(now - askedAt) >= pause
    const claimed = await issued.update(key, (kept) => (isDue(kept) ? { ...kept, askedAt: now } : undefined))
    if (claimed !== undefined) return fetchAndKeep(key, fetch)
    return (await issued.get(key))?.credentials ?? refused
  }

  async function fetchAndKeep(key: string, fetch: Fetch): Promise<Credentials> {
    const credentials = await fetch()
    await issued.put(key, { credentials, duration: 0, askedAt: clock() }, credentials.expiresAt)
    return credentials
  }
}
