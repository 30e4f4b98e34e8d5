import type { Fetch } from '../../core/index.ts'
import { reasonOf } from '../../outgoing/index.ts'
import { discoveryAddress } from '../issuer/discovery.ts'
import { download, type IssuerLook } from '../issuer/issuer-source.ts'
import { readKeySet } from '../issuer/key-set.ts'
import type { WorkloadProviderOptions } from './options.ts'

/** Loads the keys of an issuer of workloads' tokens as the server would, outside of any server. Never rejects. */
export async function lookAtWorkloads(
  provider: string,
  { issuer, jwks }: WorkloadProviderOptions,
  { fetch, now }: { readonly fetch: Fetch; readonly now: number },
): Promise<IssuerLook> {
  const source = jwks ?? discoveryAddress(issuer)
  try {
    const place = { issuer, jwks, innerHosts: [], ownHostOnly: true, fetch, clock: () => now } as const
    const { keys } = await download(place)
    return { provider, source, issuer, keys: readKeySet(keys).ids.size }
  } catch (error) {
    return { provider, source, problem: `cannot be used, by ${source}: ${reasonOf(error)}` }
  }
}
