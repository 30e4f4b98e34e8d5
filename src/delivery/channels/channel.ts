import type { Event } from '../../events/index.ts'
import type { Message } from './message.ts'

/** How a message is written for what reads it: JSON. */
export interface Channel {
  readonly write: (message: Message, event: Event) => object
}
