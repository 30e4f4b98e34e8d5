import { deflateRawSync } from 'node:zlib'
import type { Random } from '../../core/index.ts'
import { StsFault } from './fault.ts'
import type { NewSession } from './session.ts'

/** Bytes of a session token; the one limit for policies and tags together since September 2026. */
const maxToken = 4096
/** Bytes that a token has anyhow. */
const bare = 240

/**
 * A session token as large as what it carries makes it. AWS packs in a format of its own; this stand-in deflates.
 * Throws `PackedPolicyTooLarge` with the bytes, as AWS does.
 */
export function sessionToken(session: NewSession, random: Random): { token: string; utilization: number } {
  const packed = deflateRawSync(JSON.stringify(carried(session))).length
  const text = `FwoGZXIvYXdzE${random(bare + packed).toString('base64')}`
  const token = text.padEnd(session.leastToken ?? 0, '=')
  const utilization = Math.ceil((token.length / maxToken) * 100)
  if (token.length <= maxToken) return { token, utilization }
  const say = `The session token of ${token.length} bytes would exceed the limit of ${maxToken} bytes: use fewer or shorter session policies and tags.`
  throw new StsFault('PackedPolicyTooLarge', say)
}

/** Percent of the room that policies and tags take, as the deprecated PackedPolicySize says it; none: undefined. */
export function packedPolicySize(session: NewSession): number | undefined {
  const { policy, policyArns, tags } = session
  if (!policy && policyArns.length === 0 && Object.keys(tags).length === 0) return undefined
  return Math.ceil((deflateRawSync(JSON.stringify(carried(session))).length / (maxToken - bare)) * 100)
}

function carried({ policy, policyArns, tags, transitiveTags, scopes }: NewSession) {
  return { policy, policyArns, tags, transitiveTags, scopes }
}
