import type { IdpKind } from './kind.ts'

/**
 * Keycloak: one Attribute element for each role; the group list mapper calls groups `member`. Its contexts are those
 * that the realm maps to levels of authentication; it names none itself that means a second factor.
 */
export const keycloak: IdpKind = {
  label: 'Keycloak',
  attributes: { groups: 'member', roles: 'Role', email: 'email' },
}
