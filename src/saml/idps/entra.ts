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
  mfaContexts: ['http://schemas.microsoft.com/claims/multipleauthn'],
}
