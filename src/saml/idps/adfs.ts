import type { IdpKind } from './kind.ts'

const claims = 'http://schemas.xmlsoap.org/ws/2005/05/identity/claims'
const microsoft = 'http://schemas.microsoft.com/ws/2008/06/identity/claims'

/** Active Directory Federation Services: claim types are URIs; groups come as names or as SIDs. */
export const adfs: IdpKind = {
  label: 'AD FS',
  attributes: {
    groups: 'http://schemas.xmlsoap.org/claims/Group',
    groupSids: `${microsoft}/groupsid`,
    email: `${claims}/emailaddress`,
    upn: `${claims}/upn`,
    name: `${claims}/name`,
  },
  user: [`${claims}/upn`, `${claims}/emailaddress`],
  mfaContexts: [
    'http://schemas.microsoft.com/claims/multipleauthn',
    'http://schemas.microsoft.com/ws/2012/12/authmethod/phoneappnotification',
    'http://schemas.microsoft.com/ws/2012/12/authmethod/otp',
    'urn:oasis:names:tc:SAML:2.0:ac:classes:SmartcardPKI',
  ],
}
