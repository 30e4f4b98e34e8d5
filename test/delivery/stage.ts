import { join } from 'node:path'
import { after, afterEach, before, beforeEach } from 'node:test'
import { scratch } from '../events/samples.ts'
import { until } from '../flows/until.ts'
import { openQueue } from './opened.ts'
import { type Receiver, startReceiver } from './receiver.ts'

/** Queues in a folder of their own that lead to a receiver, another one for each test of the `describe` around it. */
export function queuesToReceiver() {
  let scratched: Awaited<ReturnType<typeof scratch>>
  let receiver: Receiver
  const closers: (() => Promise<unknown>)[] = []
  before(async () => {
    scratched = await scratch()
  })
  after(() => scratched.clean())
  beforeEach(async () => {
    receiver = await startReceiver()
  })
  afterEach(async () => {
    await receiver.close()
    for (const close of closers.splice(0).reverse()) await close()
  })
  return {
    receiver: () => receiver,
    folder: () => scratched.folder,
    open: async (name: string, options?: Parameters<typeof openQueue>[2]) => {
      const queue = await openQueue(join(scratched.folder, name), receiver.url, options)
      closers.push(queue.close)
      return queue
    },
    atEnd: (close: () => Promise<unknown>) => closers.push(close),
    ids: () => receiver.events().map(({ id }) => Number(id)),
    delivered: (count: number) => until(() => receiver.events().length >= count),
  }
}
