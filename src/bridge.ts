import { circumstances, handedOut, subject } from './bridge/audit.ts'
import { decide } from './bridge/decide.ts'
import { issue } from './bridge/issue.ts'
import type { BridgeParts } from './bridge/parts.ts'
import { completeSignIn } from './bridge/sign-in.ts'
import type {
  ClientInfo,
  Credentials,
  Entitlement,
  Explanation,
  RequestContext,
  Session,
  Wish,
} from './core/index.ts'
import { explain } from './policy/index.ts'

/** Where to send the browser to start a sign-in: a link, or a form that posts itself. */
export type SignInStart =
  | { readonly binding: 'redirect'; readonly url: string }
  | { readonly binding: 'post'; readonly url: string; readonly fields: Readonly<Record<string, string>> }

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
  }): Promise<SignInStart>
  /** Judges the answer of `POST /saml/acs` and opens a session. Throws `Refusal` after auditing it. */
  completeSignIn(
    answer: { readonly samlResponse: string; readonly relayState?: string; readonly browserKey?: string },
    client: ClientInfo,
    context: RequestContext,
  ): Promise<{ readonly session: Session; readonly returnTo: string }>
  /** A live session; undefined when it is unknown, expired or ended. */
  session(id: string): Promise<Session | undefined>
  /** Roles the person may take now, sorted by account name and role name. */
  entitlements(session: Session, context: RequestContext): readonly Entitlement[]
  /** Why each rule did or did not lead to a role; the same trace that `entitlements` decided by. */
  explain(session: Session, context: RequestContext, roleArn?: string): Explanation
  /** Re-evaluates the policy, asks STS, awaits the audit record, hands out. The only way to credentials. */
  issue(session: Session, entitlementId: string, wish: Wish, context: RequestContext): Promise<Credentials>
  /** A sign-in link to the AWS console, valid for 15 minutes. `destination` is a console path or URL. */
  consoleUrl(
    session: Session,
    entitlementId: string,
    wish: Wish & { readonly destination?: string },
    context: RequestContext,
  ): Promise<string>
  /** Ends this session and those opened under it. */
  signOut(session: Session, context: RequestContext): Promise<void>
  /** SAML metadata of the service provider. */
  spMetadata(): string
  /** What an administrator uploads to IAM; undefined in passthrough mode. */
  awsMetadata(): string | undefined
  /** Rejects with the reason while a dependency (store, metadata, keys) is not usable. */
  ready(): Promise<void>
}

export type { BridgeParts, Federation, Issued } from './bridge/parts.ts'

/** Puts the story together. */
export function createBridge(parts: BridgeParts): Bridge {
  const { saml, sessions, clock, federation } = parts
  return {
    identityProviders: () => saml.providers(),
    beginSignIn: (ask) => saml.begin(ask),
    completeSignIn: (answer, client, context) => completeSignIn(parts, answer, client, context),
    session: async (id) => {
      const session = await sessions.get(id)
      return session !== undefined && session.expiresAt > clock() ? session : undefined
    },
    entitlements: (session, context) => decide(parts, session, context).entitlements,
    explain: (session, context, roleArn) => explain(decide(parts, session, context).trace, roleArn),
    issue: async (session, id, wish, context) => (await issue(parts, session, id, wish, context)).credentials,
    consoleUrl: async (session, id, { destination, ...wish }, context) => {
      const { credentials, entitlement, duration } = await issue(parts, session, id, wish, context)
      const url = await parts.consoleLink(credentials, { destination })
      await parts.events.emit({
        type: 'console_link_issued',
        ...circumstances(context),
        ...subject(session),
        ...handedOut(entitlement, credentials, duration),
        ...(destination !== undefined && { destination }),
      })
      return url
    },
    signOut: async (session, context) => {
      await sessions.take(session.id)
      await parts.events.emit({
        type: 'sign_out',
        reason: 'user',
        ...circumstances(context),
        ...subject(session),
      })
    },
    spMetadata: () => saml.metadata(),
    awsMetadata: () => (federation.mode === 'reissue' ? federation.issuer.metadata() : undefined),
    ready: async () => {
      await parts.storeReady()
      const missing = saml.missing()
      if (missing.length > 0) throw new Error(`no metadata yet of ${missing.join(', ')}`)
    },
  }
}
