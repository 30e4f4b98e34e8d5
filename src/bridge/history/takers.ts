import { personKey, Refusal, type Session } from '../../core/index.ts'

/** Exports of one person at a time: each holds a place in the database's queue and a connection. */
const most = 3

/** Who takes records away at the moment. */
export interface Takers {
  /** One more; resolves to what says that it ended. Throws `too_many_requests`. */
  enter(session: Session): () => void
}

/** Nobody takes anything yet. */
export function createTakers(): Takers {
  const running = new Map<string, number>()
  return {
    enter({ identity }) {
      const who = personKey(identity)
      const count = running.get(who) ?? 0
      if (count >= most)
        throw new Refusal('too_many_requests', `${most} exports of one person at a time`, {
          say: `${most} of your exports are under way already. Please wait until one has ended.`,
        })
      running.set(who, count + 1)
      return () => {
        const left = (running.get(who) ?? 1) - 1
        if (left === 0) running.delete(who)
        else running.set(who, left)
      }
    },
  }
}
