/**
 * Who is it, by OpenID Connect. Owns: signing people in at an OpenID provider (people/), tokens of workloads that have
 * no browser (workloads/), and what both ask of an issuer: its discovery document and its keys (issuer/). Does not own:
 * what they may have (policy), sessions (bridge).
 */
export {
  attributesOfOpenIdOptions,
  type OpenIdProviderOptions,
  openIdProviderOptions,
} from './people/options.ts'
