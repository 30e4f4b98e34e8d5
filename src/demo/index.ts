/**
 * The world around Rolebridge, for the demo and for tests. Owns: a demo identity provider (on samlify), a local
 * STS that judges as AWS does (on xml-crypto and libxml2), the demo's people, accounts and keys. Does not own:
 * anything the product runs on; it uses neither the product's verifier nor its signer, so that each side is
 * checked by code that is not ours. Serve it on loopback only.
 */

export { type KeyPair, selfSigned } from '../saml/index.ts'
export { throwAwayAuthority } from './authority.ts'
export { addRole, type DemoAwsOptions, demoAws } from './aws.ts'
export { createDemoIdp } from './idp/index.ts'
export type {
  DemoIdpOptions,
  PassthroughOptions,
  ResponseOptions,
  ServiceProviderPeer,
} from './idp/options.ts'
export { type DemoKeyName, type DemoKeys, ensureKeys } from './keys.ts'
export { listenOnLoopback } from './listen.ts'
export type { OpenIdClient } from './openid/options.ts'
export { type DemoPerson, demoPeople } from './people.ts'
export { createLocalSts, type LocalSts, type LocalStsOptions } from './sts/index.ts'
export type { Issued } from './sts/issued.ts'
export { totp } from './sts/mfa.ts'
export type { IssuedSession } from './sts/session.ts'
export { type AwsState, type Role, roleId, type SamlProvider, userId } from './sts/state.ts'
export { type DemoWorld, type DemoWorldOptions, startDemoWorld } from './world.ts'
