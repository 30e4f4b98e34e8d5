import { circumstances, recordRefusal, subject } from './bridge/audit.ts'
import { explainWithin } from './bridge/decide/bounds.ts'
import {
  decide,
  lockedRoles,
  type NamedRoles,
  namedRoles,
  seesAllRules,
  stepUpTo,
} from './bridge/decide/decide.ts'
import { type Office, officesOf } from './bridge/decide/offices.ts'
import { tellWay } from './bridge/decide/way.ts'
import { issue } from './bridge/hand-out/issue.ts'
import { createKeep } from './bridge/hand-out/keep.ts'
import { createHistoryDesk } from './bridge/history/create-desk.ts'
import type { HistoryDesk } from './bridge/history/desk.ts'
import type { BridgeParts, SignInStart, Story } from './bridge/parts.ts'
import { createPeopleDesk, type PeopleDesk } from './bridge/people/desk.ts'
import { accessOf } from './bridge/requests/access.ts'
import { createRequestsDesk, type RequestsDesk } from './bridge/requests/desk.ts'
import { createReviewDesk } from './bridge/review/create-desk.ts'
import type { ReviewDesk } from './bridge/review/desk.ts'
import {
  completeBackchannelLogout,
  completeLogout,
  type LogoutOutcome,
  signOut,
} from './bridge/sessions/logout.ts'
import { liveSession } from './bridge/sessions/session-list.ts'
import {
  type ChildSession,
  endSession,
  endSessionsOf,
  type OwnSession,
  openChildSession,
  ownSession,
  revokeSession,
  sessionsOf,
} from './bridge/sessions/sessions.ts'
import { stillIn } from './bridge/sessions/still-in.ts'
import { vouchedFor } from './bridge/sessions/vouched.ts'
import { completeOpenIdSignIn, completeSignIn, type OpenIdAnswer } from './bridge/sign-in/sign-in.ts'
import { openWorkloadSession } from './bridge/sign-in/workload.ts'
import { createTally } from './bridge/tally.ts'
import type {
  ClientInfo,
  Credentials,
  Entitlement,
  Explanation,
  LockedRole,
  Refusal,
  RequestContext,
  Session,
  Whose,
  Wish,
} from './core/index.ts'
import { explain } from './policy/index.ts'
import type { LogoutArrival } from './saml/index.ts'

/** A logout message of ours on its way to an identity provider, carried by the browser. */
export type LogoutMessage = SignInStart

/** The story of Rolebridge, as every door (portal, console link, device flow, API, CLI) tells it. */
export interface Bridge {
  /** In the order of the configuration. */
  identityProviders(): readonly { readonly name: string; readonly label: string }[]
  /**
   * Starts a service-provider-initiated sign-in. `browserKey` is a random value that this browser holds in a
   * cookie: the answer is only accepted from the same browser.
   */
  beginSignIn(ask: {
    readonly idp: string
    /** A local path. */
    readonly returnTo: string
    readonly browserKey: string
    readonly forceAuthn?: boolean
    /** The session that this browser holds: it ends when somebody else signs in. */
    readonly heldSession?: string
  }): Promise<SignInStart>
  /**
   * Starts a sign-in at the person's own identity provider that brings what this role wants; its answer is good for
   * nobody else, and replaces this session. Throws `Refusal` where no sign-in opens the role.
   */
  beginStepUp(
    session: Session,
    roleArn: string,
    ask: { readonly returnTo: string; readonly browserKey: string },
    context: RequestContext,
  ): Promise<SignInStart>
  /** Judges the answer of `POST /saml/acs` and opens a session. Throws `Refusal` after auditing it. */
  completeSignIn(
    answer: { readonly samlResponse: string; readonly relayState?: string; readonly browserKey?: string },
    client: ClientInfo,
    context: RequestContext,
  ): Promise<{ readonly session: Session; readonly returnTo: string }>
  /** Judges what `GET /oidc/callback` was called with and opens a session. Throws `Refusal` after auditing it. */
  completeOpenIdSignIn(
    answer: OpenIdAnswer,
    client: ClientInfo,
    context: RequestContext,
  ): Promise<{ readonly session: Session; readonly returnTo: string }>
  /** A live session; undefined when it is unknown, expired or ended, or its identity provider is trusted no more. */
  session(id: string): Promise<Session | undefined>
  /** Roles the person may take now, sorted by account name and role name. */
  entitlements(session: Session, context: RequestContext): Promise<readonly Entitlement[]>
  /** Why each rule did or did not lead to a role; the same trace that `entitlements` decided by. */
  explain(session: Session, context: RequestContext, roleArn?: string): Promise<Explanation>
  /** Roles that only a condition, or others who must allow them, keep shut for the person now, with why; in the order of `entitlements`. */
  locked(session: Session, context: RequestContext): Promise<readonly LockedRole[]>
  /** What a role's name means for the person now: the open roles, and those that a new sign-in opens. */
  namedRoles(session: Session, text: string, context: RequestContext): Promise<NamedRoles>
  /** Re-evaluates the policy, asks STS, awaits the audit record, hands out. The only way to credentials. */
  issue(session: Session, entitlementId: string, wish: Wish, context: RequestContext): Promise<Credentials>
  /** A sign-in link to the AWS console, valid for 15 minutes. `destination` is a console path or URL. */
  consoleUrl(
    session: Session,
    entitlementId: string,
    wish: Wish & { readonly destination?: string },
    context: RequestContext,
  ): Promise<string>
  /**
   * Ends this session alone. Programs it let in stay signed in; `sessionsOf` lists them to be revoked. Returns the
   * message that signs the person out at their identity provider, where that is offered.
   */
  signOut(session: Session, context: RequestContext): Promise<LogoutMessage | undefined>
  /** Judges a logout message of the identity provider. Throws `Refusal`. */
  completeLogout(arrival: LogoutArrival, context: RequestContext): Promise<LogoutOutcome>
  /** Judges a logout token of an OpenID provider and ends what it names. Throws `Refusal`. */
  completeBackchannelLogout(logoutToken: string, context: RequestContext): Promise<void>
  /** Whether a browser comes back from being signed out at its OpenID provider; said once. */
  endOpenIdLogout(state: string | undefined): Promise<boolean>
  /** Writes down that a SAML message was refused before it could be judged. Never rejects. */
  recordRefusal(of: 'sign_in' | 'logout', refusal: Refusal, context: RequestContext): Promise<void>
  /** A session for a program that the person let in from their browser; never outlives their sign-in. */
  openChildSession(parent: Session, child: ChildSession, context: RequestContext): Promise<Session>
  /** A session for a workload whose platform vouches for it by a token. Throws `Refusal` after auditing it. */
  openWorkloadSession(token: string, client: ClientInfo, context: RequestContext): Promise<Session>
  /** This session as its person is shown it. */
  ownSession(session: Session): OwnSession
  /** The person's own live sessions, newest first. */
  sessionsOf(session: Session): Promise<readonly OwnSession[]>
  /** Ends one of the person's own sessions by its `ref`; false when there is none of that name. */
  revokeSession(session: Session, ref: string, context: RequestContext): Promise<boolean>
  /** Ends a session with all tokens that stand for it; does nothing when there is none. */
  endSession(id: string, reason: 'user' | 'revoked', context: RequestContext): Promise<void>
  /** Single logout: ends a person's sessions and those of programs they let in. Returns how many. */
  endSessionsOf(whose: Whose & { readonly sessionIndex?: string }, context: RequestContext): Promise<number>
  /** What the session's person may do beyond what concerns themselves. */
  offices(session: Session): readonly Office[]
  /** What is known of people, and what administrators do about them. */
  readonly people: PeopleDesk
  /** Access that others must allow. */
  readonly requests: RequestsDesk
  /** What happened: the person's own records, for those with an office everyone's. */
  readonly history: HistoryDesk
  /** Who may what, who used it, and who said that it is right. */
  readonly review: ReviewDesk
  /** SAML metadata of the service provider. */
  spMetadata(): string
  /** What an administrator uploads to IAM; undefined in passthrough mode. */
  awsMetadata(): string | undefined
  /**
   * Rejects with the reason while nobody could sign in or be handed anything. Resolves with what cannot be used, while
   * another can: identity providers, and the STS region that another stands in for.
   */
  ready(): Promise<readonly string[]>
}

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
export type { BridgeParts, Federation, Issued, PersonSessions, SignInStart } from './bridge/parts.ts'
export type { Cut } from './bridge/people/cut.ts'
export type { PeopleDesk } from './bridge/people/desk.ts'
export type { PersonRow } from './bridge/people/list-people.ts'
export type { Lock } from './bridge/people/locks.ts'
export type { PersonDetail } from './bridge/people/person.ts'
export type { Seen } from './bridge/people/seen.ts'
export type { SeenRequest } from './bridge/requests/seen.ts'
export type { LastUses } from './bridge/requests/uses.ts'
export type * from './bridge/review/desk.ts'
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
