import { standing } from '../../requests/index.ts'
import type { Story } from '../parts.ts'

/** Requests that a message names. */
const mostNamed = 8

/** Tells a channel how many requests wait for somebody to allow them, and of the oldest whose they are. */
export async function remind(
  { requests, events, clock }: Pick<Story, 'requests' | 'events' | 'clock'>,
  channel: string,
  day: string,
): Promise<void> {
  const waiting = (await requests.open()).filter((one) => standing(one, clock()) === 'requested')
  if (waiting.length === 0) return
  await events.emit({
    type: 'access_waiting',
    ...{ destination: channel, day, waiting: waiting.length },
    oldest: waiting.slice(0, mostNamed).map(({ id, who, roleArn, account, pendingUntil }) => ({
      ...{ request: id, person: who.user, roleArn, accountName: account.name },
      until: new Date(pendingUntil).toISOString(),
    })),
  })
}
