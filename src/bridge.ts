import { circumstances, recordRefusal, subject } from './bridge/audit.ts'
import { explainWithin } from './bridge/decide/bounds.ts'
import { decide, lockedRoles, namedRoles, seesAllRules, stepUpTo } from './bridge/decide/decide.ts'
import { officesOf } from './bridge/decide/offices.ts'
import { tellWay } from './bridge/decide/way.ts'
import { issue } from './bridge/hand-out/issue.ts'
import { createKeep } from './bridge/hand-out/keep.ts'
import { createHistoryDesk } from './bridge/history/create-desk.ts'
import type { Bridge } from './bridge/offers.ts'
import type { BridgeParts, SignInStart, Story } from './bridge/parts.ts'
import { createPeopleDesk } from './bridge/people/desk.ts'
import { accessOf } from './bridge/requests/access.ts'
import { createRequestsDesk } from './bridge/requests/desk.ts'
import { createReviewDesk } from './bridge/review/create-desk.ts'
import { completeBackchannelLogout, completeLogout, signOut } from './bridge/sessions/logout.ts'
import { liveSession } from './bridge/sessions/session-list.ts'
import {
  endSession,
  endSessionsOf,
  openChildSession,
  ownSession,
  revokeSession,
  sessionsOf,
} from './bridge/sessions/sessions.ts'
import { stillIn } from './bridge/sessions/still-in.ts'
import { vouchedFor } from './bridge/sessions/vouched.ts'
import { completeOpenIdSignIn, completeSignIn } from './bridge/sign-in/sign-in.ts'
import { openWorkloadSession } from './bridge/sign-in/workload.ts'
import { createTally } from './bridge/tally.ts'
import { explain } from './policy/index.ts'

export type { NamedRoles } from './bridge/decide/decide.ts'
export type { Office } from './bridge/decide/offices.ts'
export type {
  HistoryDesk,
  HistoryPage,
  HistoryQuestion,
  HistoryRecord,
  HourCounts,
  Standing,
} from './bridge/history/desk.ts'
export type { Bridge, LogoutMessage } from './bridge/offers.ts'
export type { BridgeParts, Federation, Issued, PersonSessions, SignInStart } from './bridge/parts.ts'
export type { Cut } from './bridge/people/cut.ts'
export type { PeopleDesk } from './bridge/people/desk.ts'
export type { PersonRow } from './bridge/people/list-people.ts'
export { type Lock, rememberedUntil } from './bridge/people/locks.ts'
export type { PersonDetail } from './bridge/people/person.ts'
export type { Seen } from './bridge/people/seen.ts'
export { type CountUp, countByMinute } from './bridge/per-minute.ts'
export type { SeenRequest } from './bridge/requests/seen.ts'
export type { LastUses } from './bridge/requests/uses.ts'
export type * from './bridge/review/desk.ts'
export { reviewedUntil } from './bridge/review/sign-offs.ts'
export type { LogoutOutcome } from './bridge/sessions/logout.ts'
export type { OwnSession } from './bridge/sessions/sessions.ts'
export { createTally, type Tally } from './bridge/tally.ts'
export type { AuditRecord } from './events/index.ts'
export type { Use } from './history/index.ts'
export type { LogoutArrival } from './saml/index.ts'

/** Puts the story together. */
export function createBridge(given: BridgeParts): Bridge {
  const parts: Story = {
    ...given,
    keep: createKeep(given),
    ...(given.tally ?? createTally(given)),
  }
  const { saml, openId, workloads, federation, providerOrder } = parts
  const providers = () =>
    [...saml.providers(), ...openId.providers()].sort(
      (a, b) => providerOrder.indexOf(a.name) - providerOrder.indexOf(b.name),
    )
  const begin = (ask: Parameters<typeof saml.begin>[0]): Promise<SignInStart> =>
    openId.providers().some(({ name }) => name === ask.idp) ? openId.begin(ask) : saml.begin(ask)
  return {
    identityProviders: providers,
    beginSignIn: begin,
    completeSignIn: (answer, client, context) => completeSignIn(parts, answer, client, context),
    completeOpenIdSignIn: (answer, client, context) => completeOpenIdSignIn(parts, answer, client, context),
    session: async (id) => vouchedFor(parts, await liveSession(parts, id)),
    entitlements: async (session, context) =>
      decide(parts, session, context, (await accessOf(parts, session)).opened).entitlements,
    explain: async (session, context, roleArn) => {
      const { opened } = await accessOf(parts, session)
      const { entitlements, trace } = decide(parts, session, context, opened)
      const question = { roleArn, full: seesAllRules(parts, session) }
      const said = explainWithin(
        session,
        explain(trace, question),
        entitlements,
        roleArn,
        trace.policy.account,
      )
      return parts.sizes.tell(session, tellWay(said, entitlements))
    },
    locked: async (session, context) => lockedRoles(parts, session, context, await accessOf(parts, session)),
    namedRoles: async (session, text, context) =>
      namedRoles(parts, session, text, context, await accessOf(parts, session)),
    beginStepUp: async (session, roleArn, ask, context) => {
      const stepUp = stepUpTo(parts, session, roleArn, context, await accessOf(parts, session))
      return begin({ ...ask, idp: session.identity.provider, stepUp })
    },
    issue: async (session, id, wish, context) => (await issue(parts, session, id, wish, context)).credentials,
    consoleUrl: async (session, id, { destination, ...wish }, context) => {
      const judge = () => parts.consoleLink.judge(destination)
      const { credentials, record } = await issue(
        parts,
        session,
        id,
        wish,
        { ...context, console: true },
        judge,
      )
      const url = await parts.consoleLink(credentials, { destination })
      await stillIn(parts, session)
      await parts.events.emit({
        type: 'console_link_issued',
        ...circumstances(context),
        ...subject(session),
        ...record,
        ...(destination !== undefined && { destination }),
      })
      return url
    },
    signOut: (session, context) => signOut(parts, session, context),
    completeLogout: (arrival, context) => completeLogout(parts, arrival, context),
    completeBackchannelLogout: (text, context) => completeBackchannelLogout(parts, text, context),
    endOpenIdLogout: (state) => openId.endLogout(state),
    recordRefusal: (of, refusal, context) => recordRefusal(parts, of, refusal, context),
    openChildSession: (parent, child, context) => openChildSession(parts, parent, child, context),
    openWorkloadSession: (token, client, context) => openWorkloadSession(parts, token, client, context),
    ownSession,
    sessionsOf: (session) => sessionsOf(parts, session),
    revokeSession: (session, ref, context) => revokeSession(parts, session, ref, context),
    endSession: (id, reason, context) => endSession(parts, id, reason, context),
    endSessionsOf: (whose, context) => endSessionsOf(parts, whose, context),
    offices: (session) => officesOf(parts, session),
    people: createPeopleDesk(parts),
    requests: createRequestsDesk(parts, begin),
    history: createHistoryDesk(parts),
    review: createReviewDesk(parts),
    spMetadata: () => saml.metadata(),
    awsMetadata: () => (federation.mode === 'reissue' ? federation.issuer.metadata() : undefined),
    ready: async () => {
      await parts.storeReady()
      await parts.events.ready()
      const [people, jobs] = [[...saml.missing(), ...openId.missing()], workloads.missing()]
      // Where people sign in, it is for them that a node is ready; jobs alone do not make it so.
      const [missing, all] = providers().length > 0 ? [people, providers()] : [jobs, workloads.names()]
      if (missing.length > 0 && missing.length === all.length)
        throw new Error(`no metadata yet of ${missing.join(', ')}`)
      const resting = parts.sts.resting()
      return [...people, ...jobs, ...(resting === undefined ? [] : [`STS in ${resting}`])]
    },
  }
}
