import type { RequestContext } from '../../core/index.ts'
import type { Client } from '../client.ts'
import { notCounted } from '../device.ts'
import { type OAuthErrorCode, oauthError } from '../error.ts'
import { fingerprint } from '../opaque.ts'
import type { OAuthParts } from '../parts.ts'
import type { DeviceRecord } from '../records.ts'
import { openTokens, type Tokens } from '../tokens.ts'

type Verdict = OAuthErrorCode | 'approved'

/**
 * RFC 8628 §3.4: one poll of a waiting device, one read and one write. The first poll after the approval takes
 * the record out of the store, so that of any number of polls one gets tokens.
 */
export async function pollDevice(
  parts: OAuthParts,
  client: Client,
  deviceCode: string,
  context: RequestContext,
): Promise<Tokens> {
  const id = fingerprint(deviceCode)
  let verdict: Verdict = 'invalid_grant'
  await parts.devices.update(id, (record) => {
    verdict = judge(record, client, parts.clock())
    return afterPoll(record, verdict, parts.clock())
  })
  if ((verdict as Verdict) !== 'approved') throw oauthError(verdict, `device: ${verdict}`)
  const record = await parts.devices.take(id)
  if (record?.parent === undefined) throw oauthError('invalid_grant', 'another poll was faster')
  return openTokens(parts, client, { parent: record.parent, asked: record }, context)
}

/** RFC 8628 §3.5, in the order in which a client can act on it. */
function judge(record: DeviceRecord, client: Client, now: number): Verdict {
  if (record.clientId !== client.id) return 'invalid_grant'
  if (record.expiresAt <= now) return 'expired_token'
  if (record.state === 'denied') return 'access_denied'
  if (record.state === 'approved') return 'approved'
  return now - record.polledAt < record.interval * 1000 - tolerance ? 'slow_down' : 'authorization_pending'
}

/** Milliseconds by which a network may shorten the time between two polls. */
const tolerance = 250

/** A client that polls too often has to wait five seconds more from then on (RFC 8628 §3.5). */
function afterPoll(record: DeviceRecord, verdict: Verdict, now: number): DeviceRecord | undefined {
  if (verdict === 'authorization_pending') {
    return { ...record, polledAt: record.polledAt === notCounted ? 0 : now }
  }
  if (verdict === 'slow_down') {
    return { ...record, polledAt: now, interval: Math.min(record.interval + 5, longestInterval) }
  }
  return undefined
}

/** Seconds. */
const longestInterval = 60
