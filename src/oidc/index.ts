/**
 * Who is it, by OpenID Connect. Owns: signing people in at an OpenID provider (people/), tokens of workloads that have
 * no browser (workloads/), and what both ask of an issuer: its discovery document and its keys (issuer/). Does not own:
 * what they may have (policy), sessions (bridge).
 */
export type { IssuerCopy, IssuerLook, IssuerNews } from './issuer/issuer-source.ts'
export { lookAtIssuer } from './people/look.ts'
export {
  attributesOfOpenIdOptions,
  type OpenIdProviderOptions,
  openIdProviderOptions,
} from './people/options.ts'
export type { ClientProof, PendingCode } from './people/parts.ts'
export { createRelyingParty, type OpenIdSignIn, type RelyingParty } from './people/relying-party.ts'
export { lookAtWorkloads } from './workloads/look.ts'
export {
  attributesOfWorkloadOptions,
  type WorkloadProviderOptions,
  workloadProviderOptions,
} from './workloads/options.ts'
export { createWorkloads, type WorkloadSignIn, type Workloads } from './workloads/workloads.ts'
