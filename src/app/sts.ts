import type { Agent } from 'node:https'
import type { Config } from '../config.ts'
import type { Clock } from '../core/index.ts'
import type { Events } from '../events/index.ts'
import { createStsClient, type Place, type StsClient } from '../sts/index.ts'

/** The client of STS that the configuration asks for; a switch of regions is told as a warning. */
export function openSts(
  { aws }: Pick<Config, 'aws'>,
  {
    clock,
    version,
    events,
    agent,
  }: {
    readonly clock: Clock
    readonly version: string
    readonly events: Pick<Events, 'emit'>
    readonly agent: Agent | undefined
  },
): StsClient {
  const { region, stsEndpoint: endpoint, useFips, useDualstack, fallbackRegion, fallbackEndpoint } = aws
  const tell = (place: Place, why: string | undefined) => {
    const message =
      why === undefined
        ? `STS in ${place.region} answers again`
        : `STS in ${place.region} does not answer; ${fallbackRegion} is asked in its place, and it once a minute`
    // Told of, never waited for: people are being served from the other region.
    events.emit({ type: 'warning', message, ...(why !== undefined && { detail: why }) }).catch(() => {})
  }
  const fallback =
    fallbackRegion === undefined
      ? undefined
      : { region: fallbackRegion, endpoint: fallbackEndpoint, clock, tell }
  const clockOffset = () => clock() - Date.now()
  return createStsClient({ region, endpoint, useFips, useDualstack, version, clockOffset, fallback, agent })
}
