import type { Fetch } from '../../core/index.ts'
import { reasonOf } from '../../outgoing/index.ts'
import { discoveryAddress, readDiscovery } from '../issuer/discovery.ts'
import { download, type IssuerLook } from '../issuer/issuer-source.ts'
import { readKeySet } from '../issuer/key-set.ts'
import type { OpenIdProviderOptions } from './options.ts'
import { callbacksOf, ownCallbackCure, type RelyingPartyOptions } from './parts.ts'

/** Loads discovery document and keys as the server would, outside of any server. Never rejects. */
export async function lookAtIssuer(
  provider: string,
  { issuer, innerHosts, userinfo }: OpenIdProviderOptions,
  around: { readonly fetch: Fetch; readonly now: number; readonly openId: RelyingPartyOptions['providers'] },
): Promise<IssuerLook> {
  const { fetch, now } = around
  const source = discoveryAddress(issuer)
  try {
    const copy = await download({ issuer, innerHosts, fetch, clock: () => now })
    const discovery = readDiscovery(copy.discovery ?? '', issuer)
    const look = { provider, source, issuer, keys: readKeySet(copy.keys).ids.size }
    const isShared = callbacksOf(around.openId).shared.has(provider)
    if (isShared && !discovery.authorization_response_iss_parameter_supported)
      return { ...look, problem: `cannot be used: ${ownCallbackCure}` }
    const needed = [
      'authorization_endpoint',
      'token_endpoint',
      ...(userinfo ? ['userinfo_endpoint'] : []),
    ] as const
    const lacking = needed.find((name) => discovery[name as keyof typeof discovery] === undefined)
    return lacking === undefined ? look : { ...look, problem: `names no ${lacking} at ${source}` }
  } catch (error) {
    return { provider, source, problem: `cannot be used, by ${source}: ${reasonOf(error)}` }
  }
}
