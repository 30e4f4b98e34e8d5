import { createRegistrations, type Registrations } from '../../oauth/index.ts'
import type { Web } from '../deps.ts'

export const deviceGrant = 'urn:ietf:params:oauth:grant-type:device_code'

/** The grants that SSO-OIDC shares with our own command line. */
export const awsGrants: readonly string[] = [deviceGrant, 'authorization_code', 'refresh_token']

/** Both name the portal API, which is all there is: the one that profiles state, and an older one of AWS's toolkits. */
const scopes = ['sso:account:access', 'sso-portal:*']

/** Clients of SSO-OIDC: stock AWS CLIs and SDKs, each of which registers before it asks for anything. */
export function awsClients({ secrets, clock }: Pick<Web, 'secrets' | 'clock'>): Registrations {
  return createRegistrations({
    secrets,
    clock,
    kind: 'aws-sso',
    grantTypes: awsGrants,
    scopes,
  })
}
