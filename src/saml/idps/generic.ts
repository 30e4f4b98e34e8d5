import type { IdpKind } from './kind.ts'

/** Any SAML 2.0 identity provider; attributes keep the names they come with. */
export const generic: IdpKind = { label: 'SAML 2.0', attributes: {} }
