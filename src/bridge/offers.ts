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
} from '../core/index.ts'
import type { LogoutArrival } from '../saml/index.ts'
import type { NamedRoles } from './decide/decide.ts'
import type { Office } from './decide/offices.ts'
import type { HistoryDesk } from './history/desk.ts'
import type { SignInStart } from './parts.ts'
import type { PeopleDesk } from './people/desk.ts'
import type { RequestsDesk } from './requests/desk.ts'
import type { ReviewDesk } from './review/desk.ts'
import type { LogoutOutcome } from './sessions/logout.ts'
import type { ChildSession, OwnSession } from './sessions/sessions.ts'
import type { OpenIdAnswer } from './sign-in/sign-in.ts'

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
