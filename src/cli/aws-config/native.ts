import { parseEntitlementArn } from '../../core/index.ts'
import type { ProfileKind } from './profile-kind.ts'

/**
 * What SDKs call the two services. AWS writes `sso_oidc`; the SDK for Rust looks for `sso-oidc` only and would take
 * the bridge's refresh token to AWS.
 */
export const services = ['sso_oidc', 'sso-oidc', 'sso'] as const

/** The name of the sections that all native profiles of one bridge share. */
export const sharedName = (url: string) => `rolebridge-${new URL(url).host.replace(/[^\w.-]/g, '-')}`

/**
 * Profiles that stock AWS CLIs and SDKs sign in with themselves, over the protocol of IAM Identity Center. The role
 * is named with its path, so that it stays the same one when another role of its name appears.
 */
export const viaSso: ProfileKind = {
  say: 'sso-session',
  profile: ({ roleArn, roleName, accountId }, { url }) => [
    `sso_session = ${sharedName(url)}`,
    `sso_account_id = ${accountId}`,
    `sso_role_name = ${parseEntitlementArn(roleArn)?.path ?? ''}${roleName}`,
    `services = ${sharedName(url)}`,
  ],
  shared: ({ url, region = 'us-east-1' }) => [
    {
      title: `sso-session ${sharedName(url)}`,
      lines: [
        `sso_start_url = ${new URL(url).origin}/start`,
        `sso_region = ${region}`,
        'sso_registration_scopes = sso:account:access',
      ],
    },
    {
      title: `services ${sharedName(url)}`,
      lines: services.flatMap((service) => [`${service} =`, `  endpoint_url = ${url}`]),
    },
  ],
}
