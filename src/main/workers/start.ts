import cluster from 'node:cluster'
import {
  type Followed,
  type Log,
  type Outcome,
  oneAfterAnother,
  openPrimary,
  type Primary,
  type Trigger,
  type Worker,
} from '../../app.ts'
import { type Config, type FilesRead, loadConfig } from '../../config.ts'
import { openDoor } from '../door.ts'
import { watchFiles } from '../watch.ts'
import { type Crew, createCrew } from './crew.ts'
import { type Address, launchMember, type Member } from './member.ts'

export { coresToUse } from './cores.ts'
export { isWorker, work } from './worker.ts'

/** A machine that serves by workers. */
export interface Machinery {
  readonly address: Address
  reload(trigger: Trigger): Promise<Outcome>
  /** Reads the configuration again, then puts new workers, of what is on the disk by now, into the place of the others. */
  restart(trigger: Trigger): Promise<Outcome>
  stop(reason: string): Promise<void>
}

export interface StartDeps {
  readonly version: string
  readonly log: Log
  /** Workers log as this process does. */
  readonly json: boolean
  readonly count: number
  readonly control?: string
  /** No worker serves any more, and none will: with why. */
  readonly gaveUp: (why: string) => void
}

/** Serves a configuration by workers until stopped. Rejects with a sentence for the operator, with nothing left running. */
export async function start(
  first: { readonly config: Config; readonly files: FilesRead },
  deps: StartDeps,
): Promise<Machinery> {
  const { version, log, count, json, gaveUp } = deps
  const { file } = first.config
  // Nothing but the primary writes to standard output: there may be the trail.
  cluster.setupPrimary({ serialization: 'advanced', stdio: ['ignore', 'ignore', 'inherit', 'ipc'] })
  cluster.schedulingPolicy = cluster.SCHED_RR
  let crew: Crew | undefined
  const primary = await openPrimary(first, {
    ...{ version, log },
    workers: {
      serving: () => crew?.serving().map((member) => workerOf(member, log)) ?? [],
      renew: (files) => crew?.renew(files),
      figures: figuresOf(count, () => crew?.figures() ?? { serving: 0, leaving: 0, restarts: 0 }),
    },
    read: (running) => loadConfig(file, process.env, { running }),
  })
  const welcome = (theirs: string) => {
    if (theirs !== version) log.warn('a worker is of another version', { worker: theirs, primary: version })
    return { file, files: primary.served().files, json }
  }
  const launch = (number: number) =>
    launchMember(number, { clock: Date.now, machine: primary.machine, welcome })
  crew = createCrew({ count, launch, clock: Date.now, log, gaveUp })
  let isEnding = false
  const { reload, restart } = asksOf(primary, crew, log, () => isEnding)
  let control: { close(): void } | undefined
  let address: Address
  try {
    address = await crew.start()
    await primary.start()
    control = await openDoor({ store: first.config.store, control: deps.control }, log, {
      reload: () => reload('command'),
      restart: () => restart('command'),
    })
  } catch (error) {
    await crew.stop('start failed')
    await primary.close('start failed')
    throw error
  }
  const stopWatching = watchFiles({
    files: primary.files,
    isOn: () => primary.served().config.watch,
    changed: () => reload('watch'),
  })
  const started = crew
  return {
    ...{ address, reload, restart },
    stop: async (reason) => {
      isEnding = true
      stopWatching()
      control?.close()
      await started.stop(reason)
      await primary.close(reason)
    },
  }
}

const ending: Outcome = { ok: false, faults: ['the bridge is ending'] }

/** One after the other, whatever it is: who is about to start would else miss what the others take. */
function asksOf(
  primary: Primary,
  crew: Crew,
  log: Log,
  isEnding: () => boolean,
): Pick<Machinery, 'reload' | 'restart'> {
  let last: Promise<unknown> = Promise.resolve()
  const inTurn = (work: () => Promise<Outcome>): Promise<Outcome> => {
    // What waited for a restart that the end cut short would be written behind the end.
    const turn: Promise<Outcome> = last.then(() => (isEnding() ? ending : work()))
    last = turn
    return turn
  }
  const roll = async (outcome: Outcome & { ok: true }): Promise<Outcome> => {
    try {
      const replaced = await crew.roll()
      log.info('new workers serve', { workers: replaced })
      return { ...outcome, replaced }
    } catch (error) {
      if (isEnding()) return ending
      const faults = [...(error as Error).message.split('\n'), 'the worker that it was to replace goes on']
      for (const fault of faults) log.error(fault)
      return { ok: false, faults }
    }
  }
  return {
    reload: oneAfterAnother((trigger: Trigger) => inTurn(() => primary.reload(trigger))),
    restart: oneAfterAnother((trigger: Trigger) =>
      inTurn(async () => {
        const outcome = await primary.reload(trigger)
        return outcome.ok ? roll(outcome) : outcome
      }),
    ),
  }
}

function workerOf(member: Member, log: Log): Worker {
  return {
    worker: member.number,
    reload: async ({ trigger, files, agree }) => {
      member.agree = agree
      const outcome = await member.ask('reload', trigger, files)
      if (outcome.ok) member.files = files
      return outcome
    },
    missing: () => member.ask('missing'),
    gather: () => member.ask('gather'),
    drop: (why) => {
      log.error(why, { worker: member.number })
      member.kill()
    },
  }
}

function figuresOf(
  count: number,
  read: () => { readonly serving: number; readonly leaving: number; readonly restarts: number },
): readonly Followed[] {
  return [
    { kind: 'gauge', name: 'workers_wanted', help: 'Workers that shall serve', read: () => count },
    { kind: 'gauge', name: 'workers_serving', help: 'Workers that serve', read: () => read().serving },
    {
      kind: 'gauge',
      name: 'workers_leaving',
      help: 'Workers that were replaced and end with their last connection',
      read: () => read().leaving,
    },
    {
      kind: 'counter',
      name: 'worker_ends_total',
      help: 'Workers that ended without being told to',
      read: () => read().restarts,
    },
  ]
}
