import type { IdpKind } from './kind.ts'

/**
 * Google Workspace: attributes are mapped by the administrator; group membership is an attribute of that name. It
 * documents no context that means a second factor.
 */
export const google: IdpKind = {
  label: 'Google Workspace',
  attributes: { groups: 'groups', email: 'email' },
  mfaContexts: [],
}
