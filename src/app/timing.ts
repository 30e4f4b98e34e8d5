import { performance } from 'node:perf_hooks'
import type { Store } from '../core/index.ts'
import type { Metrics, Sink, Timing } from '../events/index.ts'
import type { StsClient } from '../sts/index.ts'

/** Times a call; what it answers stays as it is. */
export type Watch = <T>(timing: Timing, labels: Readonly<Record<string, string>>, call: () => T) => T

/** A watch whose times become metrics. */
export function createWatch(observe: Metrics['observe']): Watch {
  return (timing, labels, call) => {
    const start = performance.now()
    const end = (error?: unknown) =>
      observe(timing, { ...labels, outcome: outcomeOf(error) }, (performance.now() - start) / 1000)
    try {
      const answer = call()
      if (answer instanceof Promise) answer.then(() => end(), end)
      else end()
      return answer
    } catch (error) {
      end(error)
      throw error
    }
  }
}

/** `refused`: it works and says no; `failed`: it does not work. */
function outcomeOf(error: unknown): 'ok' | 'refused' | 'failed' {
  if (error === undefined) return 'ok'
  // Ours when the answer to somebody is no, the SDK's when that of AWS is.
  const { name, code = '', $fault } = Object(error) as { name?: string; code?: string; $fault?: string }
  return (name === 'Refusal' && !code.endsWith('_unavailable')) || $fault === 'client' ? 'refused' : 'failed'
}

/** An object whose calls by these names are timed. */
function watched<T extends object>(
  target: T,
  calls: readonly (keyof T & string)[],
  time: (name: string, call: () => unknown) => unknown,
): T {
  return new Proxy(target, {
    get(from, name) {
      const value: unknown = Reflect.get(from, name, from)
      if (typeof value !== 'function') return value
      const run = (...args: unknown[]) => value.apply(from, args) as unknown
      if (!(calls as readonly unknown[]).includes(name)) return run
      return (...args: unknown[]) => time(String(name), () => run(...args))
    },
  })
}

const verbs = ['get', 'put', 'putIfAbsent', 'take', 'swap', 'increment', 'ping'] as const

/** The store, with each of its verbs timed; a scan takes as long as who reads it. */
export const watchStore = (store: Store, watch: Watch): Store =>
  watched(store, verbs, (verb, call) => watch('store', { verb }, call))

/** Where the trail is written, with each write timed. */
export const watchSink = (sink: Sink, watch: Watch): Sink =>
  watched(sink, ['write'], (_write, call) => watch('sink', { sink: sink.name }, call))

/** Who judges a message by which somebody comes in. */
export const watchJudge = <T extends { accept(...args: never[]): unknown }>(
  judge: T,
  protocol: string,
  watch: Watch,
): T => watched(judge, ['accept'], (_accept, call) => watch('verify', { protocol }, call))

/** The client of STS with each of its calls timed; `underWay` hears when one begins and ends. */
export function watchSts(sts: StsClient, watch: Watch, underWay: (change: 1 | -1) => void): StsClient {
  const sender = (inner: StsClient['sdk']): StsClient['sdk'] => {
    const send = (command: object, ...more: unknown[]) => {
      const action = command.constructor.name.replace(/Command$/, '')
      underWay(1)
      const answer = watch('sts', { action }, () => (inner.send as AnySend)(command, ...more))
      return answer.finally(() => underWay(-1))
    }
    return { send: send as StsClient['sdk']['send'] }
  }
  return { ...sts, sdk: sender(sts.sdk), signedBy: (keys) => sender(sts.signedBy(keys)) }
}

type AnySend = (command: object, ...more: unknown[]) => Promise<unknown>
