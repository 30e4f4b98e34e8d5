import type { Clock, Random } from '../core/index.ts'
import type { Journal, Waiting } from './journal.ts'
import type { Verdict } from './post.ts'

/** Where things go: as many at once as it takes, and what becomes of an attempt. */
export interface Sender<T> {
  readonly most: number
  send(batch: readonly T[]): Promise<Verdict>
}

export interface Figures {
  readonly queued: number
  /** Milliseconds since the oldest was queued; 0 when none waits. */
  readonly age: number
  readonly delivered: number
  readonly setAside: number
  /** Attempts that did not deliver. */
  readonly failed: number
}

export interface Queue<T> {
  /** Resolves when it is on the disk: from there on it is delivered, whatever happens to this process. */
  add(value: T): Promise<void>
  /** Goes on with this one; undefined: things stay where they are. */
  use(sender: Sender<T> | undefined): void
  figures(): Figures
  /** Delivers what it can within so many milliseconds; the rest is delivered by who opens the queue next. */
  close(patience: number): Promise<void>
}

export interface QueueDeps<T> {
  readonly name: string
  readonly journal: Journal<T>
  readonly clock: Clock
  readonly random: Random
  /** When it was queued, ISO 8601. */
  readonly at: (value: T) => string
  readonly tell: (message: string, detail: string) => void
  /** Resolves after so many milliseconds, or when told to go on. */
  readonly wait?: (milliseconds: number, goOn: AbortSignal) => Promise<void>
}

const [firstPause, longestPause] = [1000, 300_000]
/** What is refused so often, alone, is set aside. */
const mostTries = 5
/** A receiver that fails once is no news. */
const failuresUntilNews = 3

/** Delivers what waits in a journal, in its order, until a receiver has it. */
export function createQueue<T>(deps: QueueDeps<T>): Queue<T> {
  const queue = new Deliverer(deps)
  return {
    add: (value) => queue.add(value),
    use: (sender) => queue.use(sender),
    figures: () => queue.figures(),
    close: (patience) => queue.close(patience),
  }
}

class Deliverer<T> {
  readonly #deps: QueueDeps<T>
  #sender: Sender<T> | undefined
  #running: Promise<void> | undefined
  #again = false
  #ending = false
  #goOn = new AbortController()
  /** How many at once: half of what was refused, until the one is found that is. */
  #width = Number.POSITIVE_INFINITY
  #failures = 0
  #tries = 0
  #toldOfFailure = false
  /** Set aside since the last one that was delivered. */
  #dead = 0
  #oldest = 0
  #counts = { delivered: 0, setAside: 0, failed: 0 }

  constructor(deps: QueueDeps<T>) {
    this.#deps = deps
  }

  async add(value: T): Promise<void> {
    await this.#deps.journal.add(value)
    this.#wake()
  }

  use(sender: Sender<T> | undefined): void {
    this.#sender = sender
    this.#failures = 0
    this.#goOn.abort()
    this.#wake()
  }

  figures(): Figures {
    const { journal, clock } = this.#deps
    const queued = journal.length
    return { queued, age: queued === 0 || this.#oldest === 0 ? 0 : clock() - this.#oldest, ...this.#counts }
  }

  async close(patience: number): Promise<void> {
    this.#ending = true
    let timer: NodeJS.Timeout | undefined
    const late = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, patience)
    })
    this.#goOn.abort()
    await Promise.race([this.#running, late]).finally(() => clearTimeout(timer))
    this.#sender = undefined
    await this.#deps.journal.close()
  }

  #wake(): void {
    this.#again = true
    this.#running ??= this.#work().finally(() => {
      this.#running = undefined
      if (this.#again && this.#sender !== undefined) this.#wake()
    })
  }

  async #work(): Promise<void> {
    while (this.#again) {
      this.#again = false
      while (await this.#deliverSome());
    }
  }

  /** False when nothing is left to do for now. */
  async #deliverSome(): Promise<boolean> {
    const sender = this.#sender
    if (sender === undefined) return false
    try {
      const batch = await this.#deps.journal.next(Math.min(sender.most, this.#width))
      const [first] = batch
      if (first === undefined) {
        this.#oldest = 0
        return false
      }
      if (first.value === undefined) {
        await this.#setAside(first, 'it cannot be read any more')
        return true
      }
      this.#oldest = Date.parse(this.#deps.at(first.value))
      const readable = batch.slice(0, Math.max(1, firstUnreadable(batch)))
      const verdict = await sender.send(readable.map(({ value }) => value as T))
      return await this.#follow(verdict, readable, sender)
    } catch (error) {
      return this.#putOff(error instanceof Error ? error.message : String(error))
    }
  }

  async #follow(verdict: Verdict, batch: readonly Waiting<T>[], sender: Sender<T>): Promise<boolean> {
    const last = batch.at(-1) as Waiting<T>
    if (verdict.outcome === 'delivered') {
      await this.#deps.journal.done(last)
      this.#counts.delivered += batch.length
      this.#width = Math.min(sender.most, this.#width) * 2
      this.#recovered()
      return true
    }
    if (verdict.outcome === 'later') return this.#putOff(verdict.reason, verdict.after)
    if (batch.length > 1) {
      this.#counts.failed += 1
      this.#width = Math.ceil(batch.length / 2)
      return true
    }
    this.#tries += 1
    if (this.#tries < mostTries) return this.#putOff(verdict.reason)
    await this.#setAside(last, verdict.reason)
    return true
  }

  /** Waits longer each time; somewhere within the upper half, so that nodes do not knock in step. */
  async #putOff(reason: string, after = 0): Promise<boolean> {
    const { name, random, tell, wait = pause } = this.#deps
    this.#counts.failed += 1
    this.#failures += 1
    if (this.#failures === failuresUntilNews && !this.#toldOfFailure) {
      this.#toldOfFailure = true
      tell('events cannot be delivered', `“${name}”: ${reason}; they wait on the disk and are tried again`)
    }
    if (this.#ending) return false
    const longest = Math.min(longestPause, firstPause * 2 ** Math.min(this.#failures - 1, 20))
    const share = 0.5 + random(2).readUInt16BE() / 131_072
    if (this.#goOn.signal.aborted) this.#goOn = new AbortController()
    await wait(Math.max(after, Math.round(longest * share)), this.#goOn.signal)
    return true
  }

  async #setAside(item: Waiting<T>, reason: string): Promise<void> {
    const { name, journal, clock, tell } = this.#deps
    await journal.setAside(item, reason, new Date(clock()).toISOString())
    await journal.done(item)
    this.#tries = 0
    this.#failures = 0
    this.#counts.setAside += 1
    this.#dead += 1
    // Once: the news is delivered by the same way, and may be refused there as well.
    if (this.#dead === 1)
      tell('an event was set aside', `“${name}” did not take it: ${reason}; it is kept in dead.jsonl`)
  }

  #recovered(): void {
    const { name, tell } = this.#deps
    const { queued } = this.figures()
    this.#failures = 0
    this.#tries = 0
    const dead = this.#dead
    this.#dead = 0
    if (dead > 1)
      tell('events were set aside', `“${name}” did not take ${dead} in a row; they are in dead.jsonl`)
    if (!this.#toldOfFailure) return
    this.#toldOfFailure = false
    tell('events are delivered again', `“${name}”: ${queued} wait`)
  }
}

/** Where in a batch something cannot be read; its length when all can. */
function firstUnreadable(batch: readonly Waiting<unknown>[]): number {
  const at = batch.findIndex(({ value }) => value === undefined)
  return at < 0 ? batch.length : at
}

function pause(milliseconds: number, goOn: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = () => {
      clearTimeout(timer)
      goOn.removeEventListener('abort', end)
      resolve()
    }
    const timer = setTimeout(end, milliseconds)
    timer.unref()
    goOn.addEventListener('abort', end)
  })
}
