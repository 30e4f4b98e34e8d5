import type { IdpKind } from './kind.ts'

/** PingFederate and PingOne: attribute names are those of the contract with the service provider. */
export const ping: IdpKind = {
  label: 'Ping',
  attributes: { groups: 'memberOf', email: 'mail' },
}
