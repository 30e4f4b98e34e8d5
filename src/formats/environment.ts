import type { Credentials } from '../core/index.ts'
import { expiration } from './format.ts'

/**
 * Variables that name other credentials. Most SDKs prefer keys in the environment, but not all and not always
 * (the JavaScript SDK lets AWS_PROFILE win), and a leftover would take over silently once the keys are removed.
 */
export const conflicting = [
  'AWS_PROFILE',
  'AWS_DEFAULT_PROFILE',
  'AWS_SECURITY_TOKEN',
  'AWS_SESSION_EXPIRATION',
  'AWS_CREDENTIAL_SCOPE',
  'AWS_ROLE_ARN',
  'AWS_ROLE_SESSION_NAME',
  'AWS_WEB_IDENTITY_TOKEN_FILE',
  'AWS_CONTAINER_CREDENTIALS_RELATIVE_URI',
  'AWS_CONTAINER_CREDENTIALS_FULL_URI',
  'AWS_CONTAINER_AUTHORIZATION_TOKEN',
  'AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE',
] as const

/** The environment that carries credentials. Throws `TypeError` for a value with a control character. */
export function environment(credentials: Credentials): readonly (readonly [name: string, value: string])[] {
  const variables = {
    AWS_ACCESS_KEY_ID: credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
    AWS_SESSION_TOKEN: credentials.sessionToken,
    AWS_REGION: credentials.region,
    AWS_DEFAULT_REGION: credentials.region,
    AWS_ACCOUNT_ID: credentials.accountId,
    AWS_CREDENTIAL_EXPIRATION: expiration(credentials),
  }
  for (const [name, value] of Object.entries(variables)) {
    if (/[\x00-\x1f\x7f]/.test(value)) throw new TypeError(`${name} holds a control character`)
  }
  return Object.entries(variables)
}
