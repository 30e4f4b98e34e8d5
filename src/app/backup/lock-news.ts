import { readAudit } from '../../events/index.ts'

/** The last that the trail says of a lock on somebody. */
export interface LockNews {
  readonly at: string
  readonly what: 'locked' | 'unlocked'
  readonly person: string
  readonly by: string
}

/** People of whom it is said: more are more than anybody goes through by hand. */
const most = 1000

/**
 * Who was locked or unlocked since a time, each once and as it was left, the latest first; out of the audit file
 * that is written now.
 */
export async function lockNews(file: string, since: number): Promise<readonly LockNews[]> {
  const found = new Map<string, LockNews>()
  for await (const record of readAudit(file, { type: ['person_locked', 'person_unlocked'], since })) {
    if (record.type !== 'person_locked' && record.type !== 'person_unlocked') continue
    const { at, type, person = '', personIdp = '', user = '' } = record
    const key = JSON.stringify([person, personIdp])
    if (found.has(key) || found.size === most) continue
    found.set(key, { at, what: type === 'person_locked' ? 'locked' : 'unlocked', person, by: user })
  }
  return [...found.values()]
}
