import type { ChildProcess } from 'node:child_process'
import cluster from 'node:cluster'
import type { Gathered, Machine, Outcome, Trigger } from '../../app.ts'
import type { FilesRead } from '../../config.ts'
import { type Line, openLine } from './line.ts'

/** What a worker asks the primary. */
export type OfPrimary = Omit<Machine, 'worker'> & {
  hello(version: string): Promise<{ number: number; file: string; files: FilesRead; json: boolean }>
  serving(address: Address): Promise<void>
  failed(why: string): Promise<void>
  agree(fingerprint: string): Promise<void>
}

/** What the primary asks a worker. */
export type OfWorker = {
  alive(): Promise<void>
  reload(trigger: Trigger, files: FilesRead): Promise<Outcome>
  missing(): Promise<readonly string[]>
  gather(): Promise<Gathered>
  /** Takes no more connections, and ends when those that it has are done. */
  leave(): Promise<void>
  stop(reason: string): Promise<void>
}

export interface Address {
  readonly host: string
  readonly port: number
}

/** A worker as the primary sees it, from its start to its end. */
export interface Member {
  readonly number: number
  readonly pid: number | undefined
  readonly launchedAt: number
  /** It takes requests. */
  readonly isServing: boolean
  /** Resolves when it takes requests; rejects with a sentence when it will not. */
  readonly serves: Promise<Address>
  /** What it serves from. */
  files: FilesRead | undefined
  /** Resolves when its process is gone, with how it went. */
  readonly gone: Promise<string>
  ask: Line<OfWorker>['ask']
  /** Called when it is ready for the configuration that it was asked to take. */
  agree: (fingerprint: string) => Promise<void>
  kill(): void
}

/** Milliseconds in which a worker must serve, and in which it must say that it lives. */
const [longestStart, longestSilence] = [120_000, 60_000]
const betweenLooks = 10_000

/** Starts the program once more, as a worker of this one. */
export function launchMember(
  number: number,
  {
    clock,
    machine,
    welcome,
  }: {
    readonly clock: () => number
    readonly machine: Omit<Machine, 'worker'>
    readonly welcome: (version: string) => { file: string; files: FilesRead; json: boolean }
  },
): Member {
  const child = cluster.fork()
  const closeLost = keepConnection(child.process)
  let isServing = false
  let began = (_address: Address) => {}
  let failed = (_why: Error) => {}
  const serves = new Promise<Address>((resolve, reject) => {
    began = resolve
    failed = reject
  })
  serves.catch(() => {})
  const gone = new Promise<string>((resolve) => {
    child.once('exit', (code: number, signal: string) => resolve(signal ?? `code ${code}`))
    // It never began: no memory, or no number left for a process.
    child.once('error', (error) => resolve(error.message))
  })
  const kill = () => void child.process.kill('SIGKILL')
  const line = openLine<OfWorker>(child, {
    ...machine,
    hello: async (version: string) => {
      const given = welcome(version)
      member.files = given.files
      return { number, ...given }
    },
    serving: async (address: Address) => {
      isServing = true
      began(address)
    },
    failed: async (why: string) => failed(new Error(why)),
    agree: async (fingerprint: string) => member.agree(fingerprint),
  })
  const member: Member = {
    ...{ number, serves, gone, kill, ask: line.ask },
    pid: child.process.pid,
    launchedAt: clock(),
    files: undefined,
    get isServing() {
      return isServing
    },
    agree: async () => {
      throw new Error('nothing was asked')
    },
  }
  const late = setTimeout(kill, longestStart)
  const stopLooking = watch(member, kill)
  serves.then(() => clearTimeout(late)).catch(() => {})
  void gone.then((how) => {
    isServing = false
    closeLost()
    clearTimeout(late)
    stopLooking()
    failed(new Error(`worker ${number} ended (${how}) before it served`))
  })
  return member
}

/**
 * node:cluster gives a worker one connection at a time and closes its own end when the worker says that it has it. Of a
 * worker that dies before that it forgets the connection, whose client would wait for ever. What is returned closes it:
 * nothing happens where that was done before.
 */
function keepConnection(child: ChildProcess): () => void {
  let last: { close(): void } | undefined
  const send = child.send.bind(child) as (...sent: unknown[]) => boolean
  child.send = ((message: unknown, handle: unknown, ...more: unknown[]) => {
    if (typeof handle === 'object' && handle !== null && 'close' in handle) last = handle as typeof last
    return send(message, handle, ...more)
  }) as typeof child.send
  return () => last?.close()
}

/** One that hangs still gets its share of the connections: it is asked whether it lives, and ended when it says nothing. */
function watch({ serves, ask }: Pick<Member, 'serves' | 'ask'>, kill: () => void): () => void {
  let stopped = false
  let timer: NodeJS.Timeout | undefined
  const look = (): void => {
    if (stopped) return
    // In two halves: a machine that stood still has all its timers due at once, before anybody could answer.
    let late = setTimeout(() => {
      late = setTimeout(kill, longestSilence / 2)
    }, longestSilence / 2)
    ask('alive')
      .catch(() => {})
      .finally(() => {
        clearTimeout(late)
        if (!stopped) timer = setTimeout(look, betweenLooks).unref()
      })
  }
  serves.then(look).catch(() => {})
  return () => {
    stopped = true
    clearTimeout(timer)
  }
}
