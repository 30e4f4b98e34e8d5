import type { Clock, Fetch } from '../core/index.ts'
import type { Event } from '../events/index.ts'
import { formats } from './bodies.ts'
import type { WebhookOptions } from './options.ts'
import { post } from './post.ts'
import type { Sender } from './queue.ts'
import { messageId, signatureHeaders } from './signature.ts'

/** Posts batches of events to the receiver of `audit.webhook`. */
export function auditSender(
  { url, secret = [], authorization, format, batch }: WebhookOptions,
  deps: { readonly fetch: Fetch; readonly clock: Clock; readonly version: string },
): Sender<Event> {
  const { contentType, body: write, ...rest } = formats[format]
  return {
    most: batch,
    send: (events) => {
      const body = write(events)
      const id = messageId(events.map((event) => event.id))
      return post(
        {
          url,
          body,
          headers: {
            'content-type': contentType,
            'user-agent': `Rolebridge/${deps.version}`,
            ...(authorization !== undefined && { authorization }),
            ...signatureHeaders({ id, body, now: deps.clock() }, secret),
          },
          ...rest,
        },
        deps,
      )
    },
  }
}
