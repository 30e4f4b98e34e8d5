import type { IdpKind } from './kind.ts'

/** Okta: attribute names are chosen by the administrator; these are the ones its own guides use. */
export const okta: IdpKind = {
  label: 'Okta',
  attributes: { groups: 'groups', email: 'email' },
  /**
   * The values that mean two factors on https://developer.okta.com/docs/guides/step-up-authentication/main/.
   * `urn:okta:loa:2fa:any:ifpossible` is none: there Okta presents one factor to who has enrolled no other.
   */
  mfaContexts: ['urn:okta:loa:2fa:any', 'phr', 'phrh'],
  asks: ['urn:okta:loa:2fa:any'],
  /** An attribute statement `amr` with the value `session.amr`: https://help.okta.com/en-us/content/topics/apps/pass-authn-context.htm */
  mfaAttribute: { name: 'amr', values: ['mfa'] },
}
