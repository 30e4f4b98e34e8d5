import { randomBytes } from 'node:crypto'
import {
  closeSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeSync,
} from 'node:fs'
import { hostname } from 'node:os'
import { performance } from 'node:perf_hooks'
import { setTimeout as pause } from 'node:timers/promises'

/** Milliseconds between two looks at somebody else's lock, between two signs of life, and until one is missed. */
const [look, heartbeat, silence] = [30, 2000, 10_000]

interface Holder {
  readonly pid: number
  readonly host: string
  /** When the process started, in the kernel's words; a process id is given again, this pair is not. */
  readonly started: string
  readonly nonce: string
}

/** Takes the lock if it is free or its holder is dead. The answer gives it back. */
export function tryLock(path: string): (() => void) | undefined {
  const me: Holder = { ...self(process.pid), nonce: randomBytes(8).toString('hex') }
  const text = JSON.stringify(me)
  if (!create(path, text) && !(clearDead(path) && create(path, text))) return undefined
  const alive = setInterval(() => touch(path), heartbeat)
  alive.unref()
  return () => {
    clearInterval(alive)
    if (read(path) === text) rmSync(path, { force: true })
  }
}

/**
 * Waits for the lock, or until `settled` says that the work was done by its holder. Answers the way to give the
 * lock back, what `settled` found, or `late` after `patience` milliseconds. A holder that was killed is noticed
 * at the next look; one on another machine, or one that was stopped, when it gave no sign of life for ten seconds.
 */
export async function lockUnless<T>(
  path: string,
  settled: () => T | undefined,
  patience: number,
): Promise<{ readonly release: () => void } | { readonly settled: T } | 'late'> {
  const begun = performance.now()
  let [seen, since] = [Number.NaN, begun]
  for (;;) {
    const release = tryLock(path)
    if (release) return { release }
    const found = settled()
    if (found !== undefined) return { settled: found }
    const now = performance.now()
    if (now - begun > patience) return 'late'
    const sign = lastSign(path)
    if (sign !== seen) [seen, since] = [sign, now]
    else if (now - since > silence) remove(path, read(path))
    await pause(look * (0.5 + Math.random()))
  }
}

function create(path: string, text: string): boolean {
  try {
    const file = openSync(path, 'wx', 0o600)
    writeSync(file, text)
    closeSync(file)
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false
    throw error
  }
}

/** True when the lock's holder was a process of this machine that no longer runs, and the lock is gone now. */
function clearDead(path: string): boolean {
  const text = read(path)
  if (text === undefined) return true
  let holder: Holder
  try {
    holder = JSON.parse(text)
  } catch {
    // Being written at this moment, or its writer died in the middle: silence will tell.
    return false
  }
  if (holder.host !== hostname()) return false
  return self(holder.pid).started === holder.started ? false : remove(path, text)
}

/**
 * Takes a lock out of the way that says `expected`. Moved first and read again, because somebody else may have
 * done the same and hold a new lock already; that one is moved back. Should a third process lock in between, two
 * work at once: they ask twice, and the last of two whole answers stays.
 */
function remove(path: string, expected: string | undefined): boolean {
  const aside = `${path}.${process.pid}.${randomBytes(4).toString('hex')}`
  try {
    renameSync(path, aside)
  } catch {
    return true
  }
  const taken = read(aside)
  if (taken === expected) {
    rmSync(aside, { force: true })
    return true
  }
  if (taken !== undefined) create(path, taken)
  rmSync(aside, { force: true })
  return false
}

function self(pid: number): Omit<Holder, 'nonce'> {
  return { pid, host: hostname(), started: startOf(pid) }
}

/** Field 22 of /proc/PID/stat (proc_pid_stat(5)); elsewhere only whether it runs. Empty for a dead process. */
function startOf(pid: number): string {
  try {
    process.kill(pid, 0)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return ''
  }
  const stat = read(`/proc/${pid}/stat`)
  if (stat === undefined) return 'running'
  const [state, ...rest] = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return state === 'Z' ? '' : (rest[18] ?? 'running')
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return undefined
  }
}

function lastSign(path: string): number {
  try {
    return statSync(path).mtimeMs
  } catch {
    return Number.NaN
  }
}

function touch(path: string): void {
  try {
    const now = new Date()
    utimesSync(path, now, now)
  } catch {
    // Somebody took it for dead; the work goes on, the answer is whole either way.
  }
}
