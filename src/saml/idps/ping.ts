import type { IdpKind } from './kind.ts'

/**
 * PingFederate and PingOne: attribute names are those of the contract with the service provider. The context is
 * what the administrator maps to SAML_AUTHN_CTX, else `unspecified`, see
 * https://docs.pingidentity.com/r/en-us/pingfederate-112/pf_special_attr_names_contracts: Ping itself names none that
 * means a second factor.
 */
export const ping: IdpKind = {
  label: 'Ping',
  attributes: { groups: 'memberOf', email: 'mail' },
}
