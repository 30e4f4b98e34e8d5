import type { Action } from './action.ts'
import { assumeRole } from './assume-role.ts'
import { assumeRoleWithSaml } from './assume-role-with-saml.ts'
import { assumeRoleWithWebIdentity } from './assume-role-with-web-identity.ts'
import { decodeAuthorizationMessage } from './decode-authorization-message.ts'
import { getCallerIdentity } from './get-caller-identity.ts'
import { getFederationToken } from './get-federation-token.ts'
import { getScopedCredentials } from './get-scoped-credentials.ts'
import { getSessionToken } from './get-session-token.ts'
import { getWebIdentityToken } from './get-web-identity-token.ts'

/** The actions of this STS; a new one is a new file and a line here. */
const actions = {
  AssumeRole: assumeRole,
  AssumeRoleWithSAML: assumeRoleWithSaml,
  AssumeRoleWithWebIdentity: assumeRoleWithWebIdentity,
  DecodeAuthorizationMessage: decodeAuthorizationMessage,
  GetCallerIdentity: getCallerIdentity,
  GetFederationToken: getFederationToken,
  GetScopedCredentials: getScopedCredentials,
  GetSessionToken: getSessionToken,
  GetWebIdentityToken: getWebIdentityToken,
} satisfies Record<string, Action>

export function actionNamed(name: string): Action | undefined {
  return Object.hasOwn(actions, name) ? actions[name as keyof typeof actions] : undefined
}
