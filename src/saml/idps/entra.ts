import type { IdpKind } from './kind.ts'

const claims = 'http://schemas.xmlsoap.org/ws/2005/05/identity/claims'
const microsoft = 'http://schemas.microsoft.com/identity/claims'

/** Microsoft Entra ID: groups are object ids (GUIDs) unless the application is set to send names. */
export const entra: IdpKind = {
  label: 'Microsoft Entra ID',
  attributes: {
    groups: 'http://schemas.microsoft.com/ws/2008/06/identity/claims/groups',
    roles: 'http://schemas.microsoft.com/ws/2008/06/identity/claims/role',
    email: `${claims}/emailaddress`,
    name: `${claims}/name`,
    displayName: `${microsoft}/displayname`,
    objectId: `${microsoft}/objectidentifier`,
    tenant: `${microsoft}/tenantid`,
  },
  user: [`${claims}/name`],
  /**
   * What Microsoft calls multifactor authentication done, see
   * https://learn.microsoft.com/entra/identity/authentication/how-to-mfa-expected-inbound-assertions.
   * `wiaormultiauthn` stands there too and is none: it may be Windows integrated authentication alone.
   */
  mfaContexts: ['http://schemas.microsoft.com/claims/multipleauthn'],
  /**
   * A context that the sign-in at hand does not have ends in AADSTS75011 there instead of asking for it; who signs in anew
   * meets the application's Conditional Access.
   */
  takesNoWish: true,
}
