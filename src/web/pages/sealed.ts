import { createCipheriv, createDecipheriv, hkdfSync } from 'node:crypto'
import { z } from 'zod'
import { type Credentials, Refusal } from '../../core/index.ts'
import type { Web } from '../deps.ts'

const version = 1
const ivLength = 12
const tagLength = 16

const contents = z.object({
  role: z.string(),
  /** Seconds that were asked for, if any were. */
  duration: z.number().optional(),
  readOnly: z.literal(true).optional(),
  purpose: z.string().optional(),
  credentials: z.object({
    accessKeyId: z.string(),
    secretAccessKey: z.string(),
    sessionToken: z.string(),
    expiresAt: z.number(),
    principalArn: z.string(),
    accountId: z.string(),
    region: z.string(),
  }),
})

/** Credentials that were handed out and are not shown yet. */
export interface Unshown {
  readonly role: string
  readonly duration?: number | undefined
  readonly readOnly?: true | undefined
  readonly purpose?: string | undefined
  readonly credentials: Credentials
}

/**
 * Closes credentials up, so that the page can carry them to the moment somebody asks to see them: nothing that
 * reads the page (assistive programs, forced colours, extensions, a print) finds a secret in it, no second hand-out is
 * needed, and the bridge keeps nothing. Opens for this session only.
 */
export function seal(
  { secrets, random }: Pick<Web, 'secrets' | 'random'>,
  sessionId: string,
  unshown: Unshown,
) {
  const iv = random(ivLength)
  const cipher = createCipheriv('aes-256-gcm', keyOf(secrets[0] ?? ''), iv).setAAD(aad(sessionId))
  const sealed = Buffer.concat([cipher.update(JSON.stringify(unshown), 'utf8'), cipher.final()])
  return Buffer.concat([Buffer.of(version), iv, cipher.getAuthTag(), sealed]).toString('base64url')
}

/** What `seal` closed up. Throws `Refusal` for anything else, and when the credentials have expired since. */
export function unseal(
  { secrets, clock }: Pick<Web, 'secrets' | 'clock'>,
  sessionId: string,
  text: string,
): Unshown {
  const found = secrets.map((secret) => open(secret, sessionId, Buffer.from(text, 'base64url'))).find(Boolean)
  if (found === undefined) {
    throw new Refusal('invalid_request', 'no sealed credentials of this session', {
      say: 'These credentials are not of this session. Please get new ones.',
    })
  }
  if (found.credentials.expiresAt <= clock()) {
    throw new Refusal('invalid_request', 'the sealed credentials have expired', {
      say: 'These credentials have expired. Please get new ones.',
    })
  }
  return found
}

function open(secret: string, sessionId: string, bytes: Buffer): Unshown | undefined {
  if (bytes[0] !== version || bytes.length <= 1 + ivLength + tagLength) return undefined
  const iv = bytes.subarray(1, 1 + ivLength)
  const tag = bytes.subarray(1 + ivLength, 1 + ivLength + tagLength)
  const options = { authTagLength: tagLength }
  const decipher = createDecipheriv('aes-256-gcm', keyOf(secret), iv, options)
    .setAAD(aad(sessionId))
    .setAuthTag(tag)
  try {
    const plain =
      decipher.update(bytes.subarray(1 + ivLength + tagLength), undefined, 'utf8') + decipher.final('utf8')
    return contents.parse(JSON.parse(plain))
  } catch {
    // Another secret, another session, or changed: which of them is nobody's business.
    return undefined
  }
}

const keyOf = (secret: string) =>
  Buffer.from(hkdfSync('sha256', secret, '', 'rolebridge unshown credentials', 32))
const aad = (sessionId: string) => Buffer.from(`${version}:${sessionId}`)
