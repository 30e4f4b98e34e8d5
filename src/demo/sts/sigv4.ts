import { createHash, createHmac, timingSafeEqual } from 'node:crypto'
import type { HttpFacts } from './actions/action.ts'
import { StsFault } from './fault.ts'

const skew = 15 * 60_000
const emptyHash = createHash('sha256').digest('hex')
const unknownToken = 'The security token included in the request is invalid.'

/** What a signature is checked against. */
export interface Signer {
  readonly secretAccessKey: string
  /** Of temporary credentials; they end at `expiresAt`, epoch milliseconds. */
  readonly sessionToken?: string
  readonly expiresAt?: number
}

/**
 * Verifies an AWS Signature Version 4, in the Authorization header or in the query of a presigned GET, and returns
 * whose credentials made it. `now` is epoch milliseconds. Throws `StsFault` in AWS's words.
 */
export function authenticate<T extends Signer>(
  http: HttpFacts,
  find: (accessKeyId: string) => T | undefined,
  now: number,
  service = 'sts',
): T {
  const claim = readPresigned(http) ?? readAuthorization(http)
  const signer = find(claim.accessKeyId)
  if (signer === undefined || !equal(claim.sessionToken, signer.sessionToken ?? '')) {
    throw new StsFault('InvalidClientTokenId', unknownToken)
  }
  if (signer.expiresAt !== undefined && now >= signer.expiresAt) {
    throw new StsFault('ExpiredToken', 'The security token included in the request is expired')
  }
  requireCurrent(claim, now)
  requireScope(claim, service)
  if (!equal(claim.signature, signature(http, claim, signer.secretAccessKey))) {
    mismatch(
      'The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details.',
    )
  }
  return signer
}

interface Claim {
  readonly accessKeyId: string
  /** Date, region, service and terminator. */
  readonly scope: readonly [string, string, string, string]
  readonly signedHeaders: readonly string[]
  readonly signature: string
  /** Empty when there is none. */
  readonly sessionToken: string
  /** X-Amz-Date. */
  readonly date: string
  /** Headers that must be signed. */
  readonly required: readonly string[]
  /** Milliseconds for which the signature counts. */
  readonly life: number
  readonly presigned: boolean
}

const incomplete = (say: string) => new StsFault('IncompleteSignature', say)

function readAuthorization({ headers }: HttpFacts): Claim {
  const header = headers.authorization
  if (header === undefined) {
    throw new StsFault('MissingAuthenticationToken', 'Request is missing Authentication Token')
  }
  const fields = new Map(
    header
      .replace(/^AWS4-HMAC-SHA256\s+/, '')
      .split(',')
      .map((part) => part.trim().split(/=(.*)/s, 2) as [string, string]),
  )
  const [accessKeyId, ...scope] = fields.get('Credential')?.split('/') ?? []
  const signedHeaders = fields.get('SignedHeaders')?.split(';')
  const signature = fields.get('Signature')
  const isV4 = header.startsWith('AWS4-HMAC-SHA256 ')
  if (!isV4 || !accessKeyId || scope.length !== 4 || !signedHeaders || !signature) {
    throw incomplete('Authorization header requires Credential, SignedHeaders and Signature parameters.')
  }
  const sessionToken = headers['x-amz-security-token'] ?? ''
  const required = ['host', 'x-amz-date', ...(sessionToken ? ['x-amz-security-token'] : [])]
  return {
    ...{ accessKeyId, scope: scope as unknown as Claim['scope'], signedHeaders, signature, sessionToken },
    ...{ date: headers['x-amz-date'] ?? '', required, life: skew, presigned: false },
  }
}

/** "Authenticating Requests: Using Query Parameters": `aws eks get-token` and Vault send these. */
function readPresigned({ target }: HttpFacts): Claim | undefined {
  const query = new URLSearchParams(target.split(/\?(.*)/s, 2)[1] ?? '')
  if (!query.has('X-Amz-Signature')) return undefined
  const [accessKeyId, ...scope] = query.get('X-Amz-Credential')?.split('/') ?? []
  const signedHeaders = query.get('X-Amz-SignedHeaders')?.split(';')
  const seconds = Number(query.get('X-Amz-Expires'))
  const isV4 = query.get('X-Amz-Algorithm') === 'AWS4-HMAC-SHA256'
  const known = Number.isInteger(seconds) && seconds >= 1 && seconds <= 604_800
  if (!isV4 || !accessKeyId || scope.length !== 4 || !signedHeaders || !known) {
    throw incomplete('Query string authentication requires all X-Amz- parameters.')
  }
  return {
    ...{ accessKeyId, scope: scope as unknown as Claim['scope'], signedHeaders },
    signature: query.get('X-Amz-Signature') ?? '',
    sessionToken: query.get('X-Amz-Security-Token') ?? '',
    ...{ date: query.get('X-Amz-Date') ?? '', required: ['host'], life: seconds * 1000, presigned: true },
  }
}

/** Throws unless X-Amz-Date is at most 15 minutes, or what a presigned request allows, from now. */
function requireCurrent({ date, signedHeaders, required, life }: Claim, now: number): void {
  const [, year, month, day, hour, minute, second] =
    /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(date) ?? []
  if (year === undefined) throw incomplete('Date must be in ISO-8601 basic format in header X-Amz-Date.')
  if (required.some((name) => !signedHeaders.includes(name))) {
    mismatch(
      "'Host', 'X-Amz-Date' and 'X-Amz-Security-Token' must be 'SignedHeaders' in the AWS Authorization.",
    )
  }
  const signedAt = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`)
  if (!(signedAt >= now - life)) {
    mismatch(
      `Signature expired: ${date} is now earlier than ${basic(now - life)} (${basic(now)} - ${life / 60_000} min.)`,
    )
  }
  if (signedAt > now + skew) {
    mismatch(
      `Signature not yet current: ${date} is still later than ${basic(now + skew)} (${basic(now)} + 15 min.)`,
    )
  }
}

function requireScope({ scope: [day, region, service, terminator], date }: Claim, wanted: string): void {
  if (day !== date.slice(0, 8)) {
    mismatch(
      `Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: ${date}`,
    )
  }
  if (!/^[a-z]{2}(-[a-z]+)+-\d$/.test(region)) mismatch('Credential should be scoped to a valid region.')
  if (service !== wanted) mismatch(`Credential should be scoped to correct service: '${wanted}'.`)
  if (terminator !== 'aws4_request') {
    mismatch("Credential should be scoped with a valid terminator: 'aws4_request'.")
  }
}

/** IAM User Guide, "Create a signed AWS API request". */
function signature(http: HttpFacts, claim: Claim, secret: string): string {
  const { scope, signedHeaders, date } = claim
  const [path = '/', query = ''] = http.target.split(/\?(.*)/s, 2)
  const canonicalRequest = [
    http.method,
    path,
    canonicalQuery(query, claim.presigned),
    ...signedHeaders.map((name) => `${name}:${(http.headers[name] ?? '').trim().replace(/ +/g, ' ')}`),
    '',
    signedHeaders.join(';'),
    payloadHash(http, claim),
  ].join('\n')
  const toSign = ['AWS4-HMAC-SHA256', date, scope.join('/'), sha256(Buffer.from(canonicalRequest))].join('\n')
  const key = scope.reduce<Buffer>((sofar, part) => hmac(sofar, part), Buffer.from(`AWS4${secret}`))
  return hmac(key, toSign).toString('hex')
}

/**
 * S3's clients say the hash in a header that is signed; it may be one of its words for a body that is not hashed, or
 * hashed in chunks. A hash that is said is compared with the body.
 */
function payloadHash(
  { headers, body }: HttpFacts,
  { presigned, scope: [, , service], signedHeaders }: Claim,
): string {
  if (presigned) return service === 's3' ? 'UNSIGNED-PAYLOAD' : emptyHash
  const said = headers['x-amz-content-sha256']
  const hash = sha256(body)
  if (service !== 's3' || said === undefined || !signedHeaders.includes('x-amz-content-sha256')) return hash
  return /^(?:UNSIGNED-PAYLOAD|STREAMING-[A-Z0-9-]+)$/.test(said) ? said : hash
}

function canonicalQuery(query: string, presigned: boolean): string {
  return [...new URLSearchParams(query)]
    .filter(([name]) => !presigned || name !== 'X-Amz-Signature')
    .map(([name, value]) => [encode(name), encode(value)] as const)
    .sort(([a, av], [b, bv]) => (a === b ? compare(av, bv) : compare(a, b)))
    .map(([name, value]) => `${name}=${value}`)
    .join('&')
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}

/** Percent-encoding of RFC 3986 §2.1 with its unreserved characters. */
function encode(text: string): string {
  return encodeURIComponent(text).replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`)
}

function basic(milliseconds: number): string {
  return new Date(milliseconds).toISOString().replace(/[-:]|\.\d+/g, '')
}

function sha256(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex')
}

function hmac(key: Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest()
}

/** Compares without telling by its time where two texts differ. */
export function equal(a: string, b: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest()
  return timingSafeEqual(digest(a), digest(b))
}

function mismatch(say: string): never {
  throw new StsFault('SignatureDoesNotMatch', say)
}
