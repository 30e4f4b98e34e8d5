/** One commit takes at most this many items, so that the first of a flood do not wait for the last. */
const largestCommit = 1000

interface Waiting<T> {
  readonly item: T
  readonly resolve: () => void
  readonly reject: (reason: unknown) => void
}

/**
 * Gathers what arrives while a commit is under way into the next one, in the order of arrival: one sync for many.
 * `add` settles as the commit that held its item did.
 */
export function groupCommit<T>(commit: (items: readonly T[]) => Promise<void>) {
  const queue: Waiting<T>[] = []
  let idle: Promise<void> | undefined

  async function work(): Promise<void> {
    while (queue.length > 0) {
      const batch = queue.splice(0, largestCommit)
      try {
        await commit(batch.map(({ item }) => item))
        for (const { resolve } of batch) resolve()
      } catch (error) {
        for (const { reject } of batch) reject(error)
      }
    }
    idle = undefined // in the same step as the last look at the queue: nobody is forgotten
  }

  return {
    add: (item: T): Promise<void> =>
      new Promise((resolve, reject) => {
        queue.push({ item, resolve, reject })
        idle ??= work()
      }),
    /** Resolves when everything added so far is settled. */
    async settled(): Promise<void> {
      await idle
    },
  }
}
