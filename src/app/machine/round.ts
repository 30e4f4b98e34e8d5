import type { Config, FilesRead } from '../../config.ts'
import type { Outcome, Trigger } from '../reload.ts'

/** A worker that serves, as the primary knows it. */
export interface WorkerDoor {
  readonly worker: number
  /** Has it take a configuration into use; `agree` is called when it is ready to, and waited for. */
  reload(ask: {
    readonly trigger: Trigger
    readonly files: FilesRead
    readonly agree: (fingerprint: string) => Promise<void>
  }): Promise<Outcome>
  /** Ends it at once; another takes its place. */
  drop(why: string): void
}

/** Milliseconds for a worker to read, try identity providers and take over. */
const patience = 60_000
const notAlone = 'another worker refuses it'

/**
 * Has all workers take one configuration, or none: each makes it ready and waits; when all have, it is written down,
 * and then they take it. Resolves with what became of it.
 */
export async function agreeOn(
  workers: readonly WorkerDoor[],
  {
    config: { fingerprint },
    write,
    ...ask
  }: {
    readonly config: Config
    readonly trigger: Trigger
    readonly files: FilesRead
    /** Writes down that it is taken: from here on whoever starts anew starts with it. */
    readonly write: () => Promise<void>
  },
): Promise<{ readonly faults: readonly string[]; readonly without: readonly string[] }> {
  if (workers.length === 0) return { faults: ['no worker serves at the moment'], without: [] }
  const ready = new Set<WorkerDoor>()
  let taken = false
  let decided = false
  let accept = () => {}
  let refuse = (_why: Error) => {}
  const decision = new Promise<void>((resolve, reject) => {
    accept = resolve
    refuse = reject
  })
  decision.catch(() => {})
  const agree = async (worker: WorkerDoor, theirs: string): Promise<void> => {
    if (theirs !== fingerprint) throw new Error(`worker ${worker.worker} reads another configuration`)
    ready.add(worker)
    if (ready.size === workers.length && !decided) {
      decided = true
      await write().then(() => {
        taken = true
        accept()
      }, refuse)
    }
    await decision
  }
  const outcomes = await Promise.all(
    workers.map(async (worker): Promise<Outcome> => {
      const outcome = await within(
        worker.reload({ ...ask, agree: (theirs) => agree(worker, theirs) }),
        `worker ${worker.worker}`,
      )
      if (outcome.ok) return outcome
      if (!decided) refuse(new Error(notAlone))
      decided = true
      // All the others have it: one that has not may serve nobody.
      if (taken) worker.drop('it did not take the configuration that the others took')
      return outcome
    }),
  )
  if (taken) return { faults: [], without: named(outcomes, (one) => (one.ok ? one.without : [])) }
  const faults = named(outcomes, (one) => (one.ok ? [] : one.faults))
  return { faults: faults.filter((fault, _, all) => fault !== notAlone || all.length === 1), without: [] }
}

const named = (outcomes: readonly Outcome[], of: (one: Outcome) => readonly string[]) => [
  ...new Set(outcomes.flatMap(of)),
]

/** What a worker answers; one that ends meanwhile, or says nothing, refuses. */
async function within(answer: Promise<Outcome>, who: string): Promise<Outcome> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error('it did not answer in time')), patience)
  })
  return Promise.race([answer, late])
    .catch((error: Error): Outcome => ({ ok: false, faults: [`${who}: ${error.message}`] }))
    .finally(() => clearTimeout(timer))
}
