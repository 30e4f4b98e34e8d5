import { z } from 'zod'
import {
  type OpenIdProviderOptions,
  openIdProviderOptions,
  type WorkloadProviderOptions,
  workloadProviderOptions,
} from '../oidc/index.ts'
import { type IdentityProviderOptions, identityProviderOptions } from '../saml/index.ts'

/** One entry of `identityProviders:`; `kind` chooses the keys. A further kind is a further member. */
export const providerOptions = z.discriminatedUnion('kind', [
  identityProviderOptions,
  openIdProviderOptions,
  workloadProviderOptions,
])
export type ProviderOptions = z.output<typeof providerOptions>

type Named<T> = Readonly<Record<string, T>>

/** The identity providers by who speaks with them. */
export interface Providers {
  readonly saml: Named<IdentityProviderOptions>
  readonly openId: Named<OpenIdProviderOptions>
  readonly workload: Named<WorkloadProviderOptions>
}

/** Tells the identity providers apart by what they speak. */
export function providersByKind(all: Named<ProviderOptions>): Providers {
  const saml: Record<string, IdentityProviderOptions> = {}
  const openId: Record<string, OpenIdProviderOptions> = {}
  const workload: Record<string, WorkloadProviderOptions> = {}
  for (const [name, provider] of Object.entries(all)) {
    if (provider.kind === 'oidc') openId[name] = provider
    else if (provider.kind === 'oidc-workload') workload[name] = provider
    else saml[name] = provider
  }
  return { saml, openId, workload }
}
