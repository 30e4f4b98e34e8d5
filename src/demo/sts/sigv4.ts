import { createHash, createHmac, timingSafeEqual } from 'node:crypto'
import type { HttpFacts } from './actions/action.ts'
import { StsFault } from './fault.ts'
import type { IssuedSession } from './issued.ts'

const skew = 15 * 60_000
const unknownToken = 'The security token included in the request is invalid.'

/**
 * Verifies an AWS Signature Version 4 in the Authorization header and returns the session whose credentials
 * made it. `now` is epoch milliseconds. Throws `StsFault` in AWS's words.
 */
export function authenticate(
  http: HttpFacts,
  find: (accessKeyId: string) => IssuedSession | undefined,
  now: number,
): IssuedSession {
  const claim = readAuthorization(http)
  const session = find(claim.accessKeyId)
  if (session === undefined || !equal(http.headers['x-amz-security-token'] ?? '', session.sessionToken)) {
    throw new StsFault('InvalidClientTokenId', unknownToken)
  }
  if (now >= session.expiresAt) {
    throw new StsFault('ExpiredToken', 'The security token included in the request is expired')
  }
  const date = requireCurrent(http, claim, now)
  requireScope(claim, date)
  if (!equal(claim.signature, signature(http, claim, date, session.secretAccessKey))) {
    mismatch(
      'The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details.',
    )
  }
  return session
}

interface Claim {
  readonly accessKeyId: string
  /** Date, region, service and terminator. */
  readonly scope: readonly [string, string, string, string]
  readonly signedHeaders: readonly string[]
  readonly signature: string
}

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
    const say = 'Authorization header requires Credential, SignedHeaders and Signature parameters.'
    throw new StsFault('IncompleteSignature', say)
  }
  return { accessKeyId, scope: scope as unknown as Claim['scope'], signedHeaders, signature }
}

/** The signed X-Amz-Date, when it is at most 15 minutes from now. */
function requireCurrent({ headers }: HttpFacts, claim: Claim, now: number): string {
  const date = headers['x-amz-date'] ?? ''
  const [, year, month, day, hour, minute, second] =
    /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(date) ?? []
  if (year === undefined) {
    throw new StsFault('IncompleteSignature', 'Date must be in ISO-8601 basic format in header X-Amz-Date.')
  }
  const required = ['host', 'x-amz-date', 'x-amz-security-token']
  if (required.some((name) => !claim.signedHeaders.includes(name))) {
    mismatch(
      "'Host', 'X-Amz-Date' and 'X-Amz-Security-Token' must be 'SignedHeaders' in the AWS Authorization.",
    )
  }
  const signedAt = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`)
  if (!(signedAt >= now - skew)) {
    mismatch(`Signature expired: ${date} is now earlier than ${basic(now - skew)} (${basic(now)} - 15 min.)`)
  }
  if (signedAt > now + skew) {
    mismatch(
      `Signature not yet current: ${date} is still later than ${basic(now + skew)} (${basic(now)} + 15 min.)`,
    )
  }
  return date
}

function requireScope({ scope: [day, region, service, terminator] }: Claim, date: string): void {
  if (day !== date.slice(0, 8)) {
    mismatch(
      `Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: ${date}`,
    )
  }
  if (!/^[a-z]{2}(-[a-z]+)+-\d$/.test(region)) mismatch('Credential should be scoped to a valid region.')
  if (service !== 'sts') mismatch("Credential should be scoped to correct service: 'sts'.")
  if (terminator !== 'aws4_request') {
    mismatch("Credential should be scoped with a valid terminator: 'aws4_request'.")
  }
}

/** IAM User Guide, "Create a signed AWS API request". */
function signature(http: HttpFacts, { scope, signedHeaders }: Claim, date: string, secret: string): string {
  const [path = '/', query = ''] = http.target.split(/\?(.*)/s, 2)
  const canonicalRequest = [
    http.method,
    path,
    canonicalQuery(query),
    ...signedHeaders.map((name) => `${name}:${(http.headers[name] ?? '').trim().replace(/ +/g, ' ')}`),
    '',
    signedHeaders.join(';'),
    sha256(http.body),
  ].join('\n')
  const toSign = ['AWS4-HMAC-SHA256', date, scope.join('/'), sha256(Buffer.from(canonicalRequest))].join('\n')
  const key = scope.reduce<Buffer>((sofar, part) => hmac(sofar, part), Buffer.from(`AWS4${secret}`))
  return hmac(key, toSign).toString('hex')
}

function canonicalQuery(query: string): string {
  return [...new URLSearchParams(query)]
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
