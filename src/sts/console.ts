import { type Credentials, type Fetch, Refusal } from '../core/index.ts'
import { isWithin, partitionOfHost } from './places/partitions.ts'
import { unreachable } from './unreachable.ts'

export interface ConsoleLinkOptions {
  readonly fetch: Fetch
  /** `/federation` is below this, and so is the login. */
  readonly signInEndpoint: string
  readonly consoleEndpoint: string
  /** Our base URL: where AWS sends people whose console session ended. */
  readonly issuer: string
  /** Milliseconds. */
  readonly timeout?: number
}

export interface ConsoleWish {
  /** A path of the console or a URL within it. Default: the console's home in the credentials' region. */
  readonly destination?: string | undefined
}

export interface ConsoleLink {
  (credentials: Credentials, wish?: ConsoleWish): Promise<string>
  /** Throws what a link to this destination would, before anybody has credentials. */
  readonly judge: (destination: string | undefined) => void
}

/**
 * Makes links that sign a browser in to the AWS console, each valid for 15 minutes ("Enabling custom identity
 * broker access to the AWS console"). The credentials travel in the body of a POST, never in a URL. Rejects
 * with `Refusal`: `invalid_request` for a destination outside the console, `aws_refused`, `aws_unreachable`.
 */
export function createConsoleLink(options: ConsoleLinkOptions): ConsoleLink {
  const federation = `${options.signInEndpoint.replace(/\/+$/, '')}/federation`
  const link = async (credentials: Credentials, wish: ConsoleWish = {}) => {
    const destination = consoleDestination(options.consoleEndpoint, wish.destination, credentials.region)
    const url = new URL(federation)
    url.search = new URLSearchParams({
      Action: 'login',
      Issuer: options.issuer,
      Destination: destination,
      SigninToken: await signinToken(options, federation, credentials),
    }).toString()
    return url.href
  }
  const judge = (destination: string | undefined) => {
    consoleDestination(options.consoleEndpoint, destination, '')
  }
  return Object.assign(link, { judge })
}

/**
 * Where the browser goes after the login. Only the console itself: its endpoint's origin and, when that is
 * AWS's, the console hosts of the same partition over https. Throws `Refusal` (invalid_request) otherwise.
 */
export function consoleDestination(
  consoleEndpoint: string,
  wish: string | undefined,
  region: string,
): string {
  const home = new URL(consoleEndpoint)
  const text = wish || `/console/home?${new URLSearchParams({ region })}`
  const refuse = (why: string) =>
    new Refusal('invalid_request', `console destination ${why}`, {
      say: 'That destination is not in the AWS console.',
    })
  if (text.length > 2048) throw refuse('is longer than 2048 characters')
  const base = text.startsWith('/') ? home : undefined
  if (!URL.canParse(text, base)) throw refuse('is neither a path nor a URL')
  const url = new URL(text, base)
  if (url.username || url.password) throw refuse('names a user')
  // The protocol too: blob: has the origin of what it wraps.
  if (url.origin === home.origin && url.protocol === home.protocol) return url.href
  const domains = base === undefined ? (partitionOfHost(home.hostname)?.consoleDomains ?? []) : []
  const known = domains.some((domain) => isWithin(url.hostname, domain))
  if (!known || url.protocol !== 'https:' || url.port !== '') throw refuse(`is at ${url.origin}`)
  return url.href
}

async function signinToken(
  options: ConsoleLinkOptions,
  url: string,
  credentials: Credentials,
): Promise<string> {
  // No SessionDuration: the console session lasts as long as the credentials, and AWS takes none for chained ones.
  const body = new URLSearchParams({
    Action: 'getSigninToken',
    Session: JSON.stringify({
      sessionId: credentials.accessKeyId,
      sessionKey: credentials.secretAccessKey,
      sessionToken: credentials.sessionToken,
    }),
  })
  const { host } = new URL(url)
  const { status, text } = await post(options, url, body).catch((error: unknown) => {
    throw unreachable(host, error)
  })
  if (status === 200) return readToken(text, host)
  if (status >= 500 || status === 429)
    throw new Refusal('aws_unreachable', `${host} answered getSigninToken with ${status}`)
  throw new Refusal(
    'aws_refused',
    `${host} answered getSigninToken with ${status}: the credentials may have expired or be of another partition`,
    { say: 'AWS did not open the console for this role.' },
  )
}

async function post({ fetch, timeout = 5000 }: ConsoleLinkOptions, url: string, body: URLSearchParams) {
  const response = await fetch(url, {
    method: 'POST',
    body,
    headers: { accept: 'application/json' },
    // A redirect would carry the credentials to another place.
    redirect: 'manual',
    signal: AbortSignal.timeout(timeout),
  })
  return { status: response.status, text: await response.text() }
}

function readToken(text: string, host: string): string {
  try {
    const { SigninToken: token } = JSON.parse(text) as { SigninToken?: unknown }
    if (typeof token === 'string' && token !== '') return token
  } catch {
    // Falls through: what is not JSON is no answer of AWS.
  }
  throw new Refusal('aws_unreachable', `${host} answered getSigninToken with 200 and no SigninToken`)
}
