import type {
  ClientInfo,
  Credentials,
  Entitlement,
  Explanation,
  RequestContext,
  Session,
  Wish,
} from './core/index.ts'

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
