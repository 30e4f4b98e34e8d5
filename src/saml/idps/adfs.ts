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
  /**
   * What AD FS issues once additional authentication was made, see
   * https://learn.microsoft.com/windows-server/identity/ad-fs/operations/configure-additional-authentication-methods-for-ad-fs.
   * The methods by name (`…/authmethod/otp`, `…/phoneappnotification`) are none: each can be the primary and only
   * one (…/ad-fs/operations/configure-ad-fs-and-azure-mfa), as a certificate can.
   */
  mfaContexts: ['http://schemas.microsoft.com/claims/multipleauthn'],
}
