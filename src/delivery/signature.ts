import { createHash, createHmac } from 'node:crypto'
import { z } from 'zod'

const advice = 'make one with: echo "whsec_$(openssl rand -base64 32)"'

/** A secret as Standard Webhooks writes it: `whsec_` and 24 to 64 bytes in base64. */
export const signingSecret = z.string().refine((text) => {
  const bytes = keyOf(text)
  return bytes !== undefined && bytes.length >= 24 && bytes.length <= 64
}, `must be whsec_ and 24 to 64 bytes in base64; ${advice}`)

function keyOf(secret: string): Buffer | undefined {
  const [, base64] = /^whsec_([A-Za-z0-9+/]+={0,2})$/.exec(secret) ?? []
  const bytes = base64 === undefined ? undefined : Buffer.from(base64, 'base64')
  // Nothing that two readers could take for two keys.
  return bytes !== undefined && bytes.toString('base64').replace(/=+$/, '') === base64?.replace(/=+$/, '')
    ? bytes
    : undefined
}

/** The name of a message: the same each time that it is sent, so that a receiver knows what it has already. */
export function messageId(parts: readonly string[]): string {
  return `msg_${createHash('sha256').update(JSON.stringify(parts)).digest('base64url').slice(0, 27)}`
}

/**
 * The headers of Standard Webhooks: the id, the time of this attempt in seconds, and a signature by each secret over
 * `id.timestamp.body`, so that a receiver that knows the old or the new one finds its own. None without a secret.
 */
export function signatureHeaders(
  { id, body, now }: { readonly id: string; readonly body: string; readonly now: number },
  secrets: readonly string[],
): Record<string, string> {
  const timestamp = String(Math.floor(now / 1000))
  const signatures = secrets.map((secret) => {
    const hmac = createHmac('sha256', keyOf(secret) ?? '').update(`${id}.${timestamp}.${body}`)
    return `v1,${hmac.digest('base64')}`
  })
  return {
    'webhook-id': id,
    'webhook-timestamp': timestamp,
    ...(signatures.length > 0 && { 'webhook-signature': signatures.join(' ') }),
  }
}
