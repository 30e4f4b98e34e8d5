import {
  type Entitlement,
  type Explanation,
  personKey,
  type Receipt,
  type Session,
} from '../../core/index.ts'
import type { Events } from '../../events/index.ts'

/** Bytes of a session token beyond which AWS hands out nothing (PackedPolicyTooLarge). */
const limit = 4096
/** Percent of it from which on the next tag may be one too many. */
const near = 90
/** People with roles whose last size is remembered; the oldest goes first. */
const mostRemembered = 10_000

/** How large sessions became, as AWS said it. Of this node, until it ends. */
export interface Sizes {
  /** Remembers the size of a hand-out; the first of a rule that is near the limit is a warning. */
  note(session: Session, entitlement: Entitlement, receipt: Receipt | undefined): void
  /** The explanation, with the size of the person's own last session beside each role that it grants. */
  tell(session: Session, explanation: Explanation): Explanation
}

/** Watches the sizes of sessions. */
export function createSizes({ events }: { readonly events: Pick<Events, 'emit'> }): Sizes {
  const last = new Map<string, string>()
  const warned = new Set<string>()
  const key = ({ identity }: Session, roleArn: string) => JSON.stringify([personKey(identity), roleArn])
  return {
    note: (session, { rule, roleArn }, receipt) => {
      const size = receipt?.sessionSize
      if (size === undefined) return
      const percent = receipt?.sessionUtilization ?? Math.ceil((size / limit) * 100)
      const name = key(session, roleArn)
      last.delete(name)
      last.set(name, `${size} bytes, ${percent} % of what AWS allows`)
      const [oldest] = last.keys()
      if (last.size > mostRemembered && oldest !== undefined) last.delete(oldest)
      if (percent < near || warned.has(rule)) return
      warned.add(rule)
      const message = `rule ${rule}: a session of ${roleArn} has ${size} bytes, ${percent} % of what AWS allows (${limit})`
      const detail = 'Beyond that AWS hands out nothing: give it fewer or shorter tags and session policies.'
      // Told of, never waited for: this hand-out went well.
      events.emit({ type: 'warning', message, detail }).catch(() => {})
    },
    tell: (session, explanation) => ({
      ...explanation,
      steps: explanation.steps.map((step) => {
        const size = step.roleArn === undefined ? undefined : last.get(key(session, step.roleArn))
        return size === undefined || step.outcome !== 'granted'
          ? step
          : { ...step, say: `${step.say} Your last session of it had ${size}.` }
      }),
    }),
  }
}
