import { join } from 'node:path'
import { auditSender, createDelivery, webhookOptions } from '../../src/delivery/index.ts'
import type { Event } from '../../src/events/index.ts'
import { deps, signedIn } from '../events/samples.ts'

export const secret = `whsec_${Buffer.alloc(32, 7).toString('base64')}`

/** A queue as a process has it, whose events go to a receiver; pauses are noted and take no time. */
export async function openQueue(
  folder: string,
  url: string,
  {
    limit = 256,
    deliver = true,
    ...more
  }: { limit?: number; deliver?: boolean } & Record<string, unknown> = {},
) {
  const { clock, random, advance } = deps()
  let held = !deliver
  const pauses: number[] = []
  const news: [string, string][] = []
  const delivery = createDelivery({
    folder,
    limit,
    clock,
    random,
    wait: async (milliseconds, goOn) => {
      if (held) return void (await new Promise((resolve) => goOn.addEventListener('abort', resolve)))
      pauses.push(milliseconds)
      await new Promise((resolve) => setTimeout(resolve, 1))
    },
  })
  delivery.hear((...words) => news.push(words))
  await delivery.prepare(['audit'])
  const options = webhookOptions.parse({ url, secret, ...more })
  const sender = auditSender(options, { fetch, clock, version: 'test' })
  const to = (one: typeof sender) => delivery.use([{ name: 'audit', takes: () => true, sender: one }])
  const begin = () => {
    held = false
    to(sender)
  }
  // Something has to take what comes; until then it lies there.
  if (deliver) begin()
  else to({ most: 1, send: async () => ({ outcome: 'later', reason: 'not yet' }) })
  const sink = delivery.sink({ name: 'webhook', copy: true, of: () => true })
  const add = async (...ids: number[]) => {
    for (const id of ids)
      await sink.write({ ...signedIn, id: String(id), at: new Date(clock()).toISOString() } as Event)
  }
  const figures = () => delivery.figures()[0]?.[1]
  return {
    add,
    begin,
    close: () => delivery.close(),
    figures,
    pauses,
    news,
    advance,
    sink,
    place: join(folder, 'audit'),
  }
}
