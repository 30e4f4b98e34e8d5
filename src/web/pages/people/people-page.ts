import type { Cut, PersonDetail, PersonRow } from '../../../bridge.ts'
import { sayMoment } from '../../../core/index.ts'
import { sayAgo } from '../../ago.ts'
import type { Web } from '../../deps.ts'
import { identityView, providerLabel } from '../identity-view.ts'
import { sessionRow } from '../session-view.ts'
import { lockView, personRow, personView } from './person-view.ts'

/** A page stays a page. */
const mostRoles = 200

/** Somebody in the list, in words. */
export function rowInWords(web: Web, row: PersonRow) {
  const { sessions, seen } = row
  return {
    ...personRow(row),
    provider: providerLabel(web, seen.identity.provider),
    seen: sayAgo(seen.lastSeen, web.clock()),
    count: sessions === 0 ? 'no session' : sessions === 1 ? 'one session' : `${sessions} sessions`,
  }
}

/** Everything about somebody, in words. */
export function personInWords(web: Web, detail: PersonDetail) {
  const { seen, lock, sessions } = detail
  const {
    live: _,
    identity: __,
    lock: ___,
    roles,
    shut,
    taken,
    takenWhole,
    ...person
  } = personView(web, detail)
  return {
    person: {
      ...person,
      seen: sayAgo(seen.lastSeen, web.clock()),
      first: sayAgo(seen.firstSeen, web.clock()),
    },
    ...(lock && { lock: lockInWords(lock) }),
    // It stands in a command that somebody pastes into a shell.
    otherNames: detail.lockedByOtherNames.map((name) => `'${name.replaceAll("'", "'\\''")}'`),
    sessions: sessions.map((one) => sessionRow(one, web.clock())),
    roles: roles.slice(0, mostRoles),
    moreRoles: Math.max(0, roles.length - mostRoles),
    shut: shut.slice(0, mostRoles),
    taken: taken?.map((one) => ({ ...one, when: sayMoment(Date.parse(one.at)) })),
    takenWhole,
    identity: identityView(web, seen.identity),
  }
}

function lockInWords(lock: Parameters<typeof lockView>[0]) {
  const view = lockView(lock)
  return {
    ...view,
    at: sayMoment(lock.lockedAt),
    ...(lock.until !== undefined && { ends: sayMoment(lock.until) }),
  }
}

/** A cut, in words. */
export function cutInWords({ hold, endsAt, ...cut }: Cut) {
  return {
    ...cut,
    held: hold === 1 ? 'One was handed out' : `${hold} were handed out`,
    at: new Date(endsAt).toISOString(),
    ends: sayMoment(endsAt),
  }
}
