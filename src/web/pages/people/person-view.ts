import type { Lock, PersonDetail, PersonRow } from '../../../bridge.ts'
import type { Web } from '../../deps.ts'
import { identityView } from '../identity-view.ts'
import { sessionView } from '../session-view.ts'

const time = (at: number) => new Date(at).toISOString()

/** Somebody in a list, for page and API. */
export function personRow({ ref, seen, sessions, locked }: PersonRow) {
  const { identity, firstSeen, lastSeen, client, kind } = seen
  return {
    ref,
    user: identity.user,
    provider: identity.provider,
    protocol: identity.protocol,
    firstSeen: time(firstSeen),
    lastSeen: time(lastSeen),
    address: client.address,
    kind,
    sessions,
    locked,
  }
}

/** The same as `rolebridge check --identities` reads people: with everything that rules look at. */
export function personToTry(row: PersonRow) {
  const { identity, left } = row.seen
  const { user, provider, protocol, mfa, authnContext, authnInstant, attributes } = identity
  return {
    user,
    provider,
    protocol,
    mfa,
    ...(authnContext !== undefined && { authnContext }),
    authenticatedAt: time(authnInstant),
    sourceIp: row.seen.client.address,
    attributes,
    ...(left !== undefined && { left }),
    lastSeen: time(row.seen.lastSeen),
  }
}

/** A lock, for page and API. */
export function lockView({ user, idps, lockedAt, until, reason, by }: Lock) {
  return {
    user,
    ...(idps && { idps }),
    lockedAt: time(lockedAt),
    ...(until !== undefined && { until: time(until) }),
    reason,
    by: by.user,
    byIdp: by.idp,
  }
}

/** Everything about somebody, for the API. */
export function personView(web: Pick<Web, 'bridge'>, detail: PersonDetail) {
  const { ref, seen, sessions, locked, lock, roles, shut, taken } = detail
  return {
    ...personRow({ ref, seen, sessions: sessions.length, locked }),
    ...(lock && { lock: lockView(lock) }),
    identity: identityView(web, seen.identity),
    live: sessions.map(sessionView),
    roles: roles.map(({ roleArn, rule }) => ({ roleArn, rule })),
    shut: shut.slice(0, 1000).map(({ roleArn, rule, reasons }) => ({ roleArn, rule, reasons })),
    ...(taken && {
      taken: taken.taken.map((one) => ({
        at: one.at,
        roleArn: one.roleArn,
        rule: one.rule,
        console: one.type === 'console_link_issued',
        ...(one.purpose !== undefined && { purpose: one.purpose }),
        sourceIp: one.sourceIp ?? '',
        expiresAt: one.expiresAt,
      })),
      takenWhole: taken.whole,
    }),
  }
}
