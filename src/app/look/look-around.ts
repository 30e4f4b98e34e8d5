import { lookup } from 'node:dns/promises'
import type { Config } from '../../config.ts'
import { createOutgoing, reasonOf, within } from '../../outgoing/index.ts'
import { type Look, patience } from './look.ts'
import { lookAtAws } from './look-at-aws.ts'
import { lookAtProviders } from './look-at-providers.ts'
import { lookAtStore } from './look-at-store.ts'

export interface Around {
  /** Epoch milliseconds of the machine. */
  readonly clock: () => number
  readonly version: string
}

/**
 * Asks every place that a bridge with this configuration needs, all at once, as the bridge would and by the same way out.
 * Changes nothing there. Never rejects.
 */
export async function lookAround(config: Config, { clock, version }: Around): Promise<readonly Look[]> {
  const { fetch, agent, close } = await createOutgoing(config.proxy)
  const looks = [
    lookAtProviders(config, { fetch, now: clock() }),
    lookAtAws(config, { fetch, agent, clock, version }),
    lookAtStore(config.store, clock),
    lookAtAddress(config),
  ]
  return (await Promise.all(looks).finally(close)).flat()
}

/** Whether people's machines have a chance to find the bridge; what a load balancer does with them it cannot see. */
async function lookAtAddress({ baseUrl }: Config): Promise<readonly Look[]> {
  const place = 'baseUrl'
  const host = new URL(baseUrl).hostname.replace(/^\[|\]$/g, '')
  try {
    const found = await within(patience, host, (signal) =>
      Promise.race([
        lookup(host, { all: true }),
        new Promise<never>((_, reject) => signal.addEventListener('abort', () => reject(signal.reason))),
      ]),
    )
    return [{ place, say: `${host} is ${found.map(({ address }) => address).join(', ')}` }]
  } catch (error) {
    return [
      { place, say: '', problem: `${host} is no name that this machine can resolve: ${reasonOf(error)}` },
    ]
  }
}
