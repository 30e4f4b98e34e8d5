import type { Config } from '../../config.ts'
import type { Fetch } from '../../core/index.ts'
import { type IssuerLook, lookAtIssuer, lookAtWorkloads } from '../../oidc/index.ts'
import { lookAtProvider, type ProviderLook } from '../../saml/index.ts'
import type { Look } from './look.ts'

type Found = ProviderLook | IssuerLook

/** Loads metadata, or discovery document and keys, of every identity provider as the server would. */
export async function lookAtProviders(
  { providers, keys }: Config,
  { fetch, now }: { readonly fetch: Fetch; readonly now: number },
): Promise<readonly (Look & Found)[]> {
  const around = { fetch, now, haveKey: keys.saml !== undefined, openId: providers.openId }
  const found: readonly Found[] = await Promise.all([
    ...Object.entries(providers.saml).map(([name, one]) => lookAtProvider(name, one, around)),
    ...Object.entries(providers.openId).map(([name, one]) => lookAtIssuer(name, one, around)),
    ...Object.entries(providers.workload).map(([name, one]) => lookAtWorkloads(name, one, around)),
  ])
  return found.map((look) => ({ place: `identityProviders.${look.provider}`, say: sayFound(look), ...look }))
}

function sayFound(look: Found): string {
  if ('issuer' in look) return `${look.issuer}, ${count(look.keys ?? 0, 'signing key')} (${look.source})`
  const { source, entityId, certificates = [] } = look as ProviderLook
  if (entityId === undefined) return ''
  const last = Math.max(...certificates.map(({ notAfter }) => notAfter))
  const until = Number.isFinite(last) ? `, until ${new Date(last).toISOString().slice(0, 10)}` : ''
  return `${entityId}, ${count(certificates.length, 'signing certificate')}${until} (${source})`
}

const count = (number: number, noun: string) => `${number} ${noun}${number === 1 ? '' : 's'}`
