import type { IdpKind } from './kind.ts'

/** Shibboleth: attributes are named by OID (eduPerson, inetOrgPerson); the NameID is usually transient. */
export const shibboleth: IdpKind = {
  label: 'Shibboleth',
  attributes: {
    groups: 'urn:oid:1.3.6.1.4.1.5923.1.5.1.1',
    affiliation: 'urn:oid:1.3.6.1.4.1.5923.1.1.1.9',
    entitlement: 'urn:oid:1.3.6.1.4.1.5923.1.1.1.7',
    email: 'urn:oid:0.9.2342.19200300.100.1.3',
    uid: 'urn:oid:0.9.2342.19200300.100.1.1',
    displayName: 'urn:oid:2.16.840.1.113730.3.1.241',
    principalName: 'urn:oid:1.3.6.1.4.1.5923.1.1.1.6',
  },
  /** https://shibboleth.atlassian.net/wiki/spaces/KB/pages/1474297850/Supporting+the+REFEDS+MFA+Profile+V4 */
  mfaContexts: ['https://refeds.org/profile/mfa'],
  user: ['urn:oid:1.3.6.1.4.1.5923.1.1.1.6', 'urn:oid:0.9.2342.19200300.100.1.3'],
}
