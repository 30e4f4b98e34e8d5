import type { Clock, Fetch } from '../core/index.ts'
import type { Event } from '../events/index.ts'
import { channels } from './channels/index.ts'
import { messageOf, occasionsOf } from './channels/message.ts'
import type { Destination } from './delivery.ts'
import type { NotifyOptions } from './notify-options.ts'
import { post } from './post.ts'
import { messageId, signatureHeaders } from './signature.ts'

/** A channel as a destination: the events that it is told of, one message each. */
export function notifyDestination(
  { kind, name, url, secret = [], on }: NotifyOptions,
  deps: { readonly fetch: Fetch; readonly clock: Clock; readonly version: string; readonly baseUrl: string },
): Destination {
  return {
    name: `notify-${name}`,
    takes: (event) =>
      event.type === 'access_waiting'
        ? event.destination === name
        : occasionsOf(event).some((occasion) => on.includes(occasion)),
    sender: {
      most: 1,
      send: async (events: readonly Event[]) => {
        const [event] = events
        const message = event && messageOf(event, deps.baseUrl)
        if (event === undefined || message === undefined) return { outcome: 'delivered' }
        const body = JSON.stringify(channels[kind].write(message, event))
        const headers = {
          'content-type': 'application/json',
          'user-agent': `Rolebridge/${deps.version}`,
          ...signatureHeaders({ id: messageId([name, event.id]), body, now: deps.clock() }, secret),
        }
        return post({ url, body, headers }, deps)
      },
    },
  }
}
