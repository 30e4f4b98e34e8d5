import { type Config, type ConfigError, formatFault, shortName } from '../config.ts'
import type { Route } from '../web/index.ts'
import type { Exchange } from './exchange.ts'
import type { Foundation } from './foundation.ts'
import { createServing, type Serving } from './serving.ts'

/** Who asked for it: a signal, the command, or a file that changed. */
export type Trigger = 'signal' | 'command' | 'watch'

/** What became of it. */
export type Outcome =
  | {
      readonly ok: true
      /** Short. */
      readonly fingerprint: string
      /** What was read is what is served. */
      readonly unchanged: boolean
      /** Identity providers that could not be loaded. */
      readonly without: readonly string[]
      /** Workers that took over from others. */
      readonly replaced?: number
    }
  | { readonly ok: false; readonly faults: readonly string[] }

export interface ReloadAsk {
  readonly trigger: Trigger
  /** Reads what is to be served instead of `running`; throws what is wrong with it. */
  readonly read: (running: Config) => Config
  /** Makes ready what is not the application's; throws like `read`. What it returns is called at the exchange. */
  readonly prepare?: (next: Config) => () => void
  /**
   * Called when all is ready, with the fingerprint: where several take one configuration or none, it resolves when all
   * are, and rejects when one is not. It is then them who write down what became of it.
   */
  readonly agree?: (fingerprint: string) => Promise<void>
}

export type Reload = (ask: ReloadAsk) => Promise<Outcome>

/** Milliseconds for identity providers to answer before another configuration takes over. */
const patience = 15_000
/** More faults are no help; each is a line in an audit record. */
const mostFaults = 50

/**
 * One configuration after the other. Nothing of what is served changes before the next one was read, checked and
 * started as a whole and that is written down.
 */
export function createReload(foundation: Foundation, exchange: Exchange, routes: readonly Route[]) {
  const { events } = foundation
  let refusedFiles: readonly string[] = []
  let end = () => {}
  const ended = new Promise<'ended'>((resolve) => {
    end = () => resolve('ended')
  })

  const attempt = async (ask: ReloadAsk): Promise<Outcome> => {
    const { trigger, read, prepare, agree } = ask
    const before = exchange.current()
    const { file } = before.config
    let next: Serving | undefined
    try {
      const config = read(before.config)
      refusedFiles = []
      const told = { type: 'config_loaded', trigger, ...tellConfig(config) } as const
      const unchanged = config.fingerprint === before.config.fingerprint
      if (unchanged) {
        await (agree?.(config.fingerprint) ?? events.emit({ ...told, unchanged }))
        return { ok: true, fingerprint: shortName(config), unchanged, without: before.providers().missing }
      }
      const effect = prepare?.(config)
      next = await createServing(config, foundation, routes)
      await startWithin(next, ended)
      takesNobodyAway(before, next)
      const { fingerprint } = before.config
      await (agree?.(config.fingerprint) ?? events.emit({ ...told, before: fingerprint }))
      if ((await Promise.race([ended, undefined])) === 'ended') throw new Error('the bridge is ending')
      // Whatever may fail comes before: what was exchanged is not taken back.
      effect?.()
      exchange.replace(next)
      return { ok: true, fingerprint: shortName(config), unchanged, without: next.providers().missing }
    } catch (error) {
      next?.stop()
      await next?.close().catch(() => {})
      const { faults, files } = error as Partial<ConfigError>
      refusedFiles = files ?? []
      const lines = faults?.map((one) => formatFault(file, one)) ?? [(error as Error).message]
      if (agree) return { ok: false, faults: lines }
      const served = exchange.current().config
      return tellRefused(foundation, { served, trigger, faults: lines })
    }
  }

  return {
    reload: oneAfterAnother(attempt),
    files: () => [...new Set([...exchange.current().config.files, ...refusedFiles])],
    end: () => end(),
  }
}

/** Tells of a configuration that is not served, and changes nothing. */
export async function tellRefused(
  { events, log }: Pick<Foundation, 'events' | 'log'>,
  {
    served,
    trigger,
    faults,
  }: { readonly served: Config; readonly trigger: Trigger; readonly faults: readonly string[] },
): Promise<Outcome> {
  for (const fault of faults) log.error(fault)
  const [config, { file }] = [shortName(served), served]
  const shown = faults.slice(0, mostFaults)
  // Nothing changed, so nothing depends on whether it can be written down.
  await events.emit({ type: 'config_refused', config, file, trigger, faults: shown }).catch(() => {})
  return { ok: false, faults }
}

/** Two at once come one after the other; those who come while one waits are served by it. */
export function oneAfterAnother<A, R>(attempt: (ask: A) => Promise<R>): (ask: A) => Promise<R> {
  let running: Promise<R> | undefined
  let waiting: Promise<R> | undefined
  const run = (ask: A): Promise<R> => {
    running = attempt(ask).finally(() => {
      running = undefined
    })
    return running
  }
  return (ask) => {
    // Between one that ended and the next that begins, one more would run beside it and could have an older last word.
    if (waiting) return waiting
    if (running === undefined) return run(ask)
    waiting = running.then(() => {
      waiting = undefined
      return run(ask)
    })
    return waiting
  }
}

/** A configuration as the trail has it. */
export function tellConfig(config: Config) {
  const { file, fingerprint, identityProviders, accounts, rules } = config
  return {
    config: shortName(config),
    file,
    fingerprint,
    identityProviders: Object.keys(identityProviders).length,
    accounts: Object.keys(accounts).length,
    rules: rules.length,
  }
}

/** Waits until each identity provider was tried once, within limits; who answers later is in use later. */
async function startWithin(next: Serving, ended: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, patience)
  })
  await Promise.race([next.start(), late, ended]).finally(() => clearTimeout(timer))
}

/**
 * Nobody who can sign in now is locked out by a slip: an identity provider that is still configured but can no longer be
 * loaded is a fault of what was read. One that was not usable before may stay so.
 */
function takesNobodyAway(before: Serving, next: Serving): void {
  const { missing, usable } = next.providers()
  const was = before.providers().usable
  const lost = missing.filter((name) => was.includes(name))
  const noneLeft = was.length > 0 && usable.length === 0
  const why = (noneLeft ? missing : lost).map((name) => `${name} (${next.failure(name)})`).join(', ')
  if (lost.length > 0)
    throw new Error(`sign-ins work with ${lost.join(', ')}, and would not any more: ${why}`)
  if (noneLeft && missing.length > 0) throw new Error(`none of the identity providers can be used: ${why}`)
}
