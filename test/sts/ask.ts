import type { Entitlement } from '../../src/core/index.ts'
import type { GrantAsk } from '../../src/sts/index.ts'

export const entitlement: Entitlement = {
  id: 'arn:aws:iam::111122223333:role/Admin',
  roleArn: 'arn:aws:iam::111122223333:role/Admin',
  account: { id: '111122223333', name: 'prod', region: 'eu-west-1' },
  roleName: 'Admin',
  rule: 'by-group-name',
  via: 'assume-role-with-saml',
  own: {},
  providerArn: 'arn:aws:iam::111122223333:saml-provider/rolebridge',
  duration: 3600,
  maxDuration: 28_800,
  roleSessionName: 'alice',
  tags: {},
  transitiveTags: [],
  policyArns: [],
  pinToSourceIp: false,
}

export const assertion = Buffer.from(`<samlp:Response>${'secret '.repeat(40)}</samlp:Response>`).toString(
  'base64',
)

/** An ask for the role above, changed as the test says. */
export function askFor(terms: Partial<Entitlement> = {}, rest: Partial<GrantAsk> = {}): GrantAsk {
  return {
    entitlement: { ...entitlement, ...terms },
    duration: 3600,
    evidence: { assertion: () => assertion, webIdentity: () => assertion, signedHere: false },
    sourceIp: '192.0.2.7',
    keep: (_terms, fetch) => fetch(),
    ...rest,
  }
}
