import { Refusal } from '../core/index.ts'

/** What LMDB rejects a write with: the cause comes by a promise of its own. */
interface CommitFailure extends Error {
  readonly commitError?: Promise<unknown>
}

/**
 * Waits for a write of LMDB. One that fails is a refusal with the cause as its detail (a full disk says so); LMDB
 * tells the cause by a second promise, and that one must be heard, or its rejection ends the process.
 */
export async function committed<T>(write: Promise<T>): Promise<T> {
  try {
    return await write
  } catch (error) {
    const cause = await causeOf(error as CommitFailure)
    throw new Refusal('store_unavailable', `the store could not write: ${wordsOf(cause)}`, { cause })
  }
}

async function causeOf(error: CommitFailure): Promise<unknown> {
  if (error.commitError === undefined) return error
  let cause: unknown = error
  const told = error.commitError.catch((reason: unknown) => {
    cause = reason
  })
  // Nobody promises that it is ever told.
  await Promise.race([told, new Promise((resolve) => setImmediate(resolve))])
  return cause
}

/** LMDB's first words; what follows is about pages and buffers. A write that has room for a part of itself is EIO to it. */
function wordsOf(cause: unknown): string {
  const words = String(cause instanceof Error ? cause.message : cause).split(': ', 1)[0] ?? ''
  return /^(Input\/output|I\/O) error$/.test(words) ? `${words} (the disk is full, or it fails)` : words
}

const most = 1000

/**
 * Tries until `attempt` gives a result. Each failure means that somebody else has changed the same entry meanwhile,
 * so a thousand of them are no contention any more but a fault, and no caller may spin on one.
 */
export async function untilDecided<T>(
  attempt: () => Promise<{ readonly result: T } | undefined>,
): Promise<T> {
  for (let times = 0; times < most; times++) {
    const decided = await attempt()
    if (decided !== undefined) return decided.result
  }
  throw new Refusal('store_unavailable', `an entry could not be decided in ${most} attempts`)
}
