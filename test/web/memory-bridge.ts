import { randomBytes } from 'node:crypto'
import type { Bridge, SignInStart } from '../../src/bridge.ts'
import {
  type Attributes,
  type Clock,
  type Credentials,
  type Entitlement,
  type Explanation,
  type LockedRole,
  parseRoleArn,
  Refusal,
  type RequestContext,
  type Session,
} from '../../src/core/index.ts'
import { sessionRef } from '../../src/events/index.ts'

/** What a test may arrange, and what it may look at afterwards. */
export interface MemoryBridge extends Bridge {
  providers: { name: string; label: string }[]
  roles: Entitlement[]
  explanation: Explanation
  shut: LockedRole[]
  start: SignInStart | undefined
  returnTo: string
  user: string
  attributes: Attributes
  /** Thrown by the next calls of `issue`, `consoleUrl`, `completeSignIn`, `ready`. */
  fault: Error | undefined
  /** Names of identity providers that `ready` misses. */
  without: string[]
  aws: string | undefined
  readonly begun: Parameters<Bridge['beginSignIn']>[0][]
  readonly answers: Parameters<Bridge['completeSignIn']>[0][]
  readonly contexts: RequestContext[]
  readonly issued: { role: string; duration?: number }[]
  readonly consoles: { role: string; destination?: string }[]
}

/** The desk is tried with a store and a trail, in flows. */
const nobodyReviews = {} as Bridge['review']
const nobodyAtTheDesk = {} as Bridge['people']
const nothing = async () => {
  throw new Refusal('not_found', 'no history')
}

/** What is asked of the history is asked of the whole product, in flow tests. */
const noHistory: Bridge['history'] = {
  seesAll: () => false,
  search: nothing,
  after: nothing,
  take: nothing,
  record: nothing,
  perHour: nothing,
  uses: nothing,
  standing: async () => ({ from: 'nowhere' }),
}

/** A bridge that keeps everything in memory and takes any answer that reads `valid`. */
export function memoryBridge(clock: Clock): MemoryBridge {
  const sessions = new Map<string, Session>()
  const live = (id: string) => {
    const session = sessions.get(id)
    return session !== undefined && session.expiresAt > clock() ? session : undefined
  }
  const bridge: MemoryBridge = {
    providers: [{ name: 'okta', label: 'Okta' }],
    roles: [entitlement('111122223333', 'prod', 'Admin', { color: 'red' })],
    shut: [],
    explanation: { summary: 'You may take 1 role.', steps: [] },
    start: undefined,
    returnTo: '/',
    user: 'alice@corp.example',
    attributes: {},
    fault: undefined,
    without: [],
    aws: '<EntityDescriptor/>',
    begun: [],
    answers: [],
    contexts: [],
    issued: [],
    consoles: [],
    identityProviders: () => bridge.providers,
    offices: () => [],
    people: nobodyAtTheDesk,
    review: nobodyReviews,
    async beginSignIn(ask) {
      bridge.begun.push(ask)
      return bridge.start ?? { binding: 'redirect', url: 'https://idp.example/sso?SAMLRequest=abc' }
    },
    async completeSignIn(answer, client, context) {
      bridge.answers.push(answer)
      bridge.contexts.push(context)
      if (bridge.fault) throw bridge.fault
      if (answer.samlResponse !== 'valid')
        throw new Refusal('signature_invalid', 'the digest differs by a secret')
      const id = randomBytes(16).toString('hex')
      const session = {
        ...person(bridge.user, bridge.attributes),
        id,
        client,
        createdAt: clock(),
        expiresAt: clock() + 8 * 3600_000,
      }
      sessions.set(id, session)
      return { session, returnTo: bridge.returnTo }
    },
    session: async (id) => live(id),
    entitlements: async () => bridge.roles,
    explain: async () => bridge.explanation,
    locked: async () => bridge.shut,
    namedRoles: async () => ({ open: bridge.roles, openable: [] }),
    beginStepUp: async () => {
      throw new Refusal('not_entitled', 'no sign-in opens it')
    },
    async issue(_session, role, wish, context) {
      bridge.contexts.push(context)
      if (bridge.fault) throw bridge.fault
      const found = take(bridge.roles, role)
      if ((wish.duration ?? 0) > found.maxDuration) throw new Refusal('duration_too_long', 'over the cap')
      bridge.issued.push({ role, ...wish })
      return credentials(found, clock() + (wish.duration ?? found.duration) * 1000)
    },
    async consoleUrl(_session, role, wish, context) {
      bridge.contexts.push(context)
      if (bridge.fault) throw bridge.fault
      take(bridge.roles, role)
      bridge.consoles.push({ role, ...wish })
      return 'https://signin.aws.amazon.com/federation?Action=login&SigninToken=SECRET'
    },
    history: noHistory,
    completeLogout: async () => ({ kind: 'request', answer: undefined }),
    completeOpenIdSignIn: async () => {
      throw new Refusal('state_mismatch', 'no state')
    },
    completeBackchannelLogout: async () => {},
    endOpenIdLogout: async () => false,
    recordRefusal: async () => {},
    async signOut(session) {
      sessions.delete(session.id)
    },
    async openChildSession(parent, child) {
      const session = { ...parent, ...child, id: randomBytes(16).toString('hex'), parent: parent.id }
      sessions.set(session.id, session)
      return session
    },
    openWorkloadSession: () => Promise.reject(new Refusal('workload_issuer', 'no provider of workloads')),
    ownSession: (session) => ({ ref: sessionRef(session.id), session, current: true }),
    sessionsOf: async (session) =>
      [...sessions.values()]
        .filter(({ identity }) => identity.nameId === session.identity.nameId)
        .map((one) => ({ ref: sessionRef(one.id), session: one, current: one.id === session.id })),
    async revokeSession(session, ref) {
      const found = (await bridge.sessionsOf(session)).find((one) => one.ref === ref)
      return found !== undefined && sessions.delete(found.session.id)
    },
    async endSession(id) {
      sessions.delete(id)
    },
    async endSessionsOf({ nameId }) {
      const meant = [...sessions.values()].filter(({ identity }) => identity.nameId === nameId)
      for (const { id } of meant) sessions.delete(id)
      return meant.length
    },
    requests: noRequests,
    spMetadata: () => '<EntityDescriptor entityID="sp"/>',
    awsMetadata: () => bridge.aws,
    async ready() {
      if (bridge.fault) throw bridge.fault
      return bridge.without
    },
  }
  return bridge
}

const none = () => Promise.reject(new Refusal('not_found', 'no request'))

/** No rule wants to be asked. */
const noRequests: Bridge['requests'] = {
  offered: false,
  ask: none,
  mine: async () => [],
  toDecide: async () => [],
  all: async () => [],
  find: none,
  approve: none,
  activate: none,
  close: none,
  cuts: async () => ({ cuts: [], whole: true }),
  lastUses: async () => undefined,
  beginSignIn: none,
  sweep: async () => {},
  remind: async () => {},
}

function take(roles: readonly Entitlement[], id: string): Entitlement {
  const found = roles.find((role) => role.id === id)
  if (found === undefined) throw new Refusal('not_entitled', `no rule grants ${id}`)
  return found
}

const person = (user: string, attributes: Attributes): Pick<Session, 'kind' | 'identity'> => ({
  kind: 'browser',
  identity: {
    provider: 'okta',
    protocol: 'saml',
    issuer: 'https://idp.example',
    user,
    nameId: user,
    attributes,
    authnInstant: 0,
    mfa: true,
  },
})

/** A role of the portal. */
export function entitlement(
  accountId: string,
  accountName: string,
  roleName: string,
  more: { color?: string; maxDuration?: number; region?: string } = {},
): Entitlement {
  const roleArn = `arn:aws:iam::${accountId}:role/${roleName}`
  return {
    id: roleArn,
    roleArn,
    account: { id: accountId, name: accountName, color: more.color, region: more.region ?? 'eu-west-1' },
    roleName,
    rule: 'by-group-name',
    via: 'assume-role-with-saml',
    own: {},
    providerArn: `arn:aws:iam::${accountId}:saml-provider/rolebridge`,
    duration: 3600,
    maxDuration: more.maxDuration ?? 8 * 3600,
    roleSessionName: 'alice',
    tags: {},
    transitiveTags: [],
    policyArns: [],
    pinToSourceIp: false,
  }
}

function credentials({ roleArn, roleName, account }: Entitlement, expiresAt: number): Credentials {
  return {
    accessKeyId: 'ASIAEXAMPLE7NOTREAL0',
    secretAccessKey: 'w/7alrXUt+nFEMIaK7MDENGbPxRfiCYEXAMPLEKE',
    sessionToken: `IQoJb3JpZ2luX2VjE${'Fz+/aQ9'.repeat(90)}==`,
    expiresAt,
    principalArn: `arn:aws:sts::${parseRoleArn(roleArn)?.account}:assumed-role/${roleName}/alice@corp.example`,
    accountId: account.id,
    region: account.region,
  }
}
