import { join } from 'node:path'
import type { Clock, Random } from '../core/index.ts'
import type { Event, Sink } from '../events/index.ts'
import { claimFolder } from './claim.ts'
import { openJournal } from './journal.ts'
import { createQueue, type Figures, type Queue, type QueueDeps, type Sender } from './queue.ts'

/** Where events go: which of them, and how. */
export interface Destination {
  /** Names its folder and its figures; the same name gets what waits, whatever else changed. */
  readonly name: string
  readonly takes: (event: Event) => boolean
  readonly sender: Sender<Event>
}

/** The queues of this process; they live as long as it does, and who delivers from them may be exchanged. */
export interface Delivery {
  /** Opens the queues of these names; rejects with a sentence for the operator. */
  prepare(names: readonly string[]): Promise<void>
  /** A sink that is done when its event is queued on the disk, for every destination that takes it. */
  sink(sink: { readonly name: string; readonly copy: boolean; readonly of: (name: string) => boolean }): Sink
  /** From now on things go to these. What waits for others stays on the disk. */
  use(destinations: readonly Destination[]): void
  /** Where news of receivers go: `tell` is for the trail, which may be opened after the queues. */
  hear(tell: Tell): void
  figures(): readonly (readonly [name: string, figures: Figures])[]
  /** Delivers for a few seconds what can be, then closes the queues. */
  close(): Promise<void>
}

type Tell = (message: string, detail: string) => void

export interface DeliveryDeps {
  /** Undefined: there is no place for it. */
  readonly folder: string | undefined
  /** Megabytes that may wait for one destination. */
  readonly limit: number
  readonly clock: Clock
  readonly random: Random
  /** Instead of time that passes between two tries. */
  readonly wait?: QueueDeps<Event>['wait']
}

/** Milliseconds for what is queued when the process ends. */
const lastCall = 5000

/** No queue is open yet. */
export function createDelivery({ folder, limit, clock, random, wait }: DeliveryDeps): Delivery {
  const queues = new Map<string, Queue<Event>>()
  let taking: readonly Destination[] = []
  let claim: { release(): void } | undefined
  let early: [string, string][] = []
  let tell: Tell = (...news) => early.push(news)

  async function open(name: string): Promise<void> {
    if (folder === undefined)
      throw new Error('what is delivered to others waits on a disk: name a folder for it, delivery.folder')
    const place = join(folder, name)
    const journal = await openJournal<Event>(place, limit * 1024 * 1024)
    if (journal.torn > 0)
      tell('a queue ended in a torn line', `${journal.torn} bytes were moved to ${join(place, 'torn.jsonl')}`)
    const deps = { name, journal, clock, random, at: (event: Event) => event.at, ...(wait && { wait }) }
    queues.set(name, createQueue({ ...deps, tell: (message, detail) => tell(message, detail) }))
  }

  return {
    async prepare(names) {
      try {
        if (names.length > 0 && folder !== undefined) claim ??= await claimFolder(folder)
        for (const name of names) if (!queues.has(name)) await open(name)
      } catch (error) {
        throw new Error(
          `the queue of ${folder ?? 'delivery'} cannot be opened: ${(error as Error).message}`,
          {
            cause: error,
          },
        )
      }
    },
    sink: ({ name, copy, of }) => ({
      name,
      copy,
      async write(event) {
        const wanted = taking.filter((one) => of(one.name) && one.takes(event))
        await Promise.all(wanted.map((one) => queues.get(one.name)?.add(event)))
      },
      close: async () => {},
    }),
    use(destinations) {
      taking = destinations
      for (const [name, queue] of queues) {
        const sender = destinations.find((destination) => destination.name === name)?.sender
        queue.use(sender)
        const { queued } = queue.figures()
        if (sender === undefined && queued > 0)
          tell(
            'a queue has nobody to deliver to',
            `${queued} wait for “${name}”, which is not configured any more`,
          )
      }
    },
    hear(next) {
      tell = next
      for (const news of early) next(...news)
      early = []
    },
    figures: () => [...queues].map(([name, queue]) => [name, queue.figures()] as const),
    async close() {
      await Promise.all([...queues.values()].map((queue) => queue.close(lastCall)))
      claim?.release()
    },
  }
}
