import { type Clock, type Collection, personKey, type Session } from '../../core/index.ts'

const most = 5
const keptFor = 90 * 24 * 3600 * 1000

/** The ARNs of the roles this person took lately, latest first, across sign-ins. */
export async function recentRoles(
  records: Collection<readonly string[]>,
  session: Session,
): Promise<readonly string[]> {
  return (await records.get(personKey(session.identity))) ?? []
}

/** Puts a role first among the recent ones. A comfort: a store that cannot write holds up no hand-out. */
export async function rememberRole(
  records: Collection<readonly string[]>,
  clock: Clock,
  session: Session,
  roleArn: string,
): Promise<void> {
  try {
    const id = personKey(session.identity)
    const before = (await records.get(id)) ?? []
    if (before[0] === roleArn) return
    const after = [roleArn, ...before.filter((role) => role !== roleArn)].slice(0, most)
    await records.put(id, after, clock() + keptFor)
  } catch {
    // The role was taken and written down; only the order of the portal's tiles is not.
  }
}
