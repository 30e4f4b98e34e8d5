import type { RequestContext, Session } from '../core/index.ts'
import { sessionRef } from '../events/index.ts'
import { type AuthorizationRequest, authorize } from './authorize.ts'
import type { Client } from './client.ts'
import {
  type Decider,
  type DeviceAuthorization,
  type DeviceRequest,
  decideDevice,
  findDevice,
  startDevice,
} from './device.ts'
import { type CodeExchange, exchangeCode } from './grants/authorization-code.ts'
import { pollDevice } from './grants/device-code.ts'
import { grantTokens, type TokenParameters } from './grants/index.ts'
import { refresh } from './grants/refresh-token.ts'
import { type Asked, defaultOptions, type OAuthOptions, type OAuthParts } from './parts.ts'
import { type GrantedTokens, introspect, revoke, type Tokens } from './tokens.ts'
import { userCodeNames } from './user-code.ts'

/** The authorization server without HTTP. Every expected no is an `OAuthError`, or a `Refusal` for people. */
export interface OAuth {
  startDeviceAuthorization(client: Client, asked: Asked): Promise<DeviceAuthorization>
  /** What is behind a code that a signed-in person typed. `Refusal` `too_many_requests` against guessing. */
  findDevice(userCode: string, decider: Decider): Promise<DeviceRequest | undefined>
  approveDevice(userCode: string, decider: Decider, context: RequestContext): Promise<Decision | undefined>
  denyDevice(userCode: string, decider: Decider, context: RequestContext): Promise<Decision | undefined>
  /** Where to send the browser after the person approved. */
  authorize(
    client: Client,
    request: AuthorizationRequest,
    approval: { readonly session: Session; readonly asked: Asked },
    context: RequestContext,
  ): Promise<string>
  /** Any grant, by `grant_type`. */
  token(client: Client, parameters: TokenParameters, context: RequestContext): Promise<GrantedTokens>
  pollDevice(client: Client, deviceCode: string, context: RequestContext): Promise<Tokens>
  exchangeCode(client: Client, exchange: CodeExchange, context: RequestContext): Promise<Tokens>
  refresh(client: Client, refreshToken: string, context: RequestContext): Promise<Tokens>
  revoke(client: Client, token: string, context: RequestContext): Promise<void>
  introspect(accessToken: string): Promise<Session | undefined>
}

/** The request as it stands now, and whether this call decided it (else somebody did before). */
export interface Decision {
  readonly request: DeviceRequest
  readonly decided: boolean
}

/** Puts the authorization server together. */
export function createOAuth({
  options,
  secrets,
  ...rest
}: Omit<OAuthParts, 'options' | 'userCodeNames'> & {
  readonly options?: Partial<OAuthOptions>
  /** Key the names of user codes in the store; the first writes, all are looked under. */
  readonly secrets: readonly string[]
}): OAuth {
  const parts: OAuthParts = {
    ...rest,
    userCodeNames: userCodeNames(secrets),
    options: { ...defaultOptions, ...options },
  }
  return {
    startDeviceAuthorization: (client, asked) => startDevice(parts, client, asked),
    findDevice: (userCode, decider) => findDevice(parts, userCode, decider),
    approveDevice: (userCode, decider, context) => decide(parts, userCode, decider, 'approved', context),
    denyDevice: (userCode, decider, context) => decide(parts, userCode, decider, 'denied', context),
    authorize: (client, request, approval, context) =>
      authorize(parts, client, request, approval, () => {
        const { clientName = client.name, address, role, agent } = approval.asked
        return parts.tell({
          type: 'authorization_approved',
          ...told(approval.session, context),
          client: clientName,
          deviceAddress: address,
          ...(role !== undefined && { roleArn: role }),
          ...(agent !== undefined && { agent }),
        })
      }),
    token: (client, parameters, context) => grantTokens(parts, client, parameters, context),
    pollDevice: (client, deviceCode, context) => pollDevice(parts, client, deviceCode, context),
    exchangeCode: (client, exchange, context) => exchangeCode(parts, client, exchange, context),
    refresh: (client, token, context) => refresh(parts, client, token, context),
    revoke: (client, token, context) => revoke(parts, client, token, context),
    introspect: (token) => introspect(parts, token),
  }
}

/** Decides, and writes it down before it counts. */
function decide(
  parts: OAuthParts,
  userCode: string,
  decider: Decider,
  state: 'approved' | 'denied',
  context: RequestContext,
): Promise<Decision | undefined> {
  return decideDevice(parts, userCode, decider, state, (request) => {
    const { client, clientName = client, host, role, duration, address, agent } = request
    return parts.tell({
      type: `device_authorization_${state}`,
      ...told(decider.session, context),
      client: clientName,
      deviceAddress: address,
      ...(host !== undefined && { host }),
      ...(role !== undefined && { roleArn: role }),
      ...(duration !== undefined && { duration }),
      ...(agent !== undefined && { agent }),
    })
  })
}

function told({ id, identity }: Session, { requestId, sourceIp, userAgent, channel }: RequestContext) {
  const { user, provider, protocol, issuer, nameId } = identity
  const person = { user, idp: provider, protocol, issuer, nameId, sessionId: sessionRef(id) }
  return { requestId, sourceIp, userAgent, channel, ...person }
}
