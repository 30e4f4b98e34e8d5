import type { Channel } from './channel.ts'

/** Anybody's program: the payload that Standard Webhooks recommends, the event as the trail has it. */
export const webhook: Channel = {
  write: ({ title, link, alarm }, event) => ({
    type: `rolebridge.${event.type}`,
    timestamp: event.at,
    data: { title, url: link.url, alarm, event },
  }),
}
