import type { IdpKind } from './kind.ts'

/** Okta: attribute names are chosen by the administrator; these are the ones its own guides use. */
export const okta: IdpKind = {
  label: 'Okta',
  attributes: { groups: 'groups', email: 'email' },
  mfaContexts: ['urn:okta:loa:2fa:any', 'urn:okta:loa:2fa:any:ifpossible', 'https://refeds.org/profile/mfa'],
}
