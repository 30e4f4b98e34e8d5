import type { IdpKind } from './kind.ts'

/** Keycloak: one Attribute element for each role; the group list mapper calls groups `member`. */
export const keycloak: IdpKind = {
  label: 'Keycloak',
  attributes: { groups: 'member', roles: 'Role', email: 'email' },
}
