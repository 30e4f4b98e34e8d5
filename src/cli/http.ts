import { cliError, type ExitCode, exit } from './command.ts'
import { plain } from './terminal/plain-text.ts'
import { version } from './version.ts'

/** Asks a bridge. Everything here throws an error with an exit code and a sentence for the person. */
export interface Ask {
  readonly method?: 'GET' | 'POST' | 'PUT' | 'DELETE'
  /** Sent as JSON. */
  readonly json?: unknown
  /** Sent as a form (OAuth). */
  readonly form?: Readonly<Record<string, string | undefined>>
  readonly token?: string
  /** The AI agent that runs this program. */
  readonly agent?: string | undefined
  /** Milliseconds until the bridge is given up; default 20 seconds. */
  readonly patience?: number
}

/** Bytes that an answer may have. */
const longest = 16 * 1024 * 1024
const longestLine = 1024 * 1024

/** What a bridge answered. */
export interface Answer {
  readonly status: number
  /** The JSON document; undefined when the answer was empty or something else. */
  readonly body: Readonly<Record<string, unknown>> | undefined
}

/** Sends one request and reads the answer, whatever its status. No redirect is followed: tokens stay here. */
export async function send(url: string, path: string, ask: Ask = {}): Promise<Answer> {
  const headers: Record<string, string> = { accept: 'application/json', 'user-agent': userAgent() }
  if (ask.token !== undefined) headers.authorization = `Bearer ${ask.token}`
  if (ask.agent !== undefined) headers['rolebridge-agent'] = ask.agent
  if (ask.json !== undefined) headers['content-type'] = 'application/json'
  const form = Object.entries(ask.form ?? {}).filter(
    (field): field is [string, string] => field[1] !== undefined,
  )
  const body =
    ask.json !== undefined ? JSON.stringify(ask.json) : ask.form ? new URLSearchParams(form) : undefined
  try {
    const response = await fetch(`${url}${path}`, {
      method: ask.method ?? (body === undefined ? 'GET' : 'POST'),
      headers,
      ...(body !== undefined && { body }),
      redirect: 'manual',
      signal: AbortSignal.timeout(ask.patience ?? 20_000),
    })
    return { status: response.status, body: asObject(await bodyOf(response)) }
  } catch (error) {
    throw cliError(exit.connectivity, `${url} could not be reached: ${whyNot(error)}.`)
  }
}

/** As `send`, and throws for every answer that is no success. */
export async function request(url: string, path: string, ask: Ask = {}): Promise<Record<string, unknown>> {
  const { status, body } = await send(url, path, ask)
  if (status >= 200 && status < 300 && (body !== undefined || status === 204)) return { ...body }
  if (body === undefined)
    throw cliError(
      status >= 500 ? exit.connectivity : exit.badUsage,
      `${url} answered ${status} without a word that a Rolebridge would say. Is the address right?`,
    )
  throw problem(status, body)
}

/** An answer that is read line by line, however long it is. */
export interface Streamed {
  readonly lines: AsyncIterable<string>
  /** Where to go on, of an answer that says so. */
  readonly cursor: string | undefined
}

/** As `request`, for an answer of many lines: none is kept longer than it takes to print it. */
export async function requestLines(url: string, path: string, { token, agent }: Ask): Promise<Streamed> {
  const headers: Record<string, string> = { 'user-agent': userAgent() }
  if (token !== undefined) headers.authorization = `Bearer ${token}`
  if (agent !== undefined) headers['rolebridge-agent'] = agent
  const response = await fetch(`${url}${path}`, { headers, redirect: 'manual' }).catch((error: unknown) => {
    throw cliError(exit.connectivity, `${url} could not be reached: ${whyNot(error)}.`)
  })
  if (response.status !== 200) throw problem(response.status, asObject(await bodyOf(response)) ?? {})
  return { lines: linesOf(url, response), cursor: response.headers.get('rolebridge-cursor') ?? undefined }
}

async function* linesOf(url: string, response: Response): AsyncGenerator<string> {
  const text = new TextDecoder()
  let rest = ''
  try {
    for await (const piece of response.body ?? []) {
      const lines = (rest + text.decode(piece, { stream: true })).split('\n')
      rest = lines.pop() ?? ''
      if (rest.length > longestLine) throw new Error('it sent a line without end')
      yield* lines
    }
  } catch (error) {
    throw cliError(exit.connectivity, `The answer of ${url} broke off, and is not whole: ${whyNot(error)}.`)
  }
  if (rest !== '') yield rest
}

/** The error that a problem document (RFC 9457) or an OAuth error (RFC 6749 §5.2) stands for. */
export function problem(status: number, body: Readonly<Record<string, unknown>>): Error & { code?: string } {
  const code = text(body.code) ?? text(body.error)
  const told = text(body.detail) ?? text(body.error_description) ?? text(body.title)
  const say = told === undefined ? `it answered ${status}` : plain(told).slice(0, 2000)
  const id = plain(body.requestId ?? body.request_id ?? body.instance).slice(0, 100) || undefined
  const what = id === undefined ? say : `${say} (request ${id.replace(/^urn:uuid:/, '')})`
  const sentence = [what, ...whomToAsk(body)].join('\n')
  return Object.assign(cliError(exitFor(status, code), sentence), code === undefined ? {} : { code })
}

/** `Ask the platform team: https://…`, where the bridge names somebody; else nothing. */
export function whomToAsk({ support }: Readonly<Record<string, unknown>>): readonly string[] {
  const { name, href } = (support ?? {}) as Record<string, unknown>
  const [who, where] = [name, href].map((one) => plain(one).slice(0, 2000))
  if (!who) return []
  return [where ? `Ask ${who}: ${where.replace(/^mailto:/, '')}` : `Ask ${who}.`]
}

const exitCodes: Readonly<Record<string, ExitCode>> = {
  session_required: exit.signInNeeded,
  reauthentication_required: exit.signInNeeded,
  authn_too_old: exit.signInNeeded,
  invalid_token: exit.signInNeeded,
  invalid_grant: exit.signInNeeded,
  expired_token: exit.signInNeeded,
  identity_provider_unavailable: exit.identityProvider,
  status_not_success: exit.identityProvider,
  step_up_required: exit.signInNeeded,
  not_entitled: exit.notAuthorised,
  request_required: exit.notAuthorised,
  request_over: exit.notAuthorised,
  access_denied: exit.notAuthorised,
  authn_context: exit.notAuthorised,
  aws_refused: exit.awsRefused,
  aws_unreachable: exit.connectivity,
}

function exitFor(status: number, code: string | undefined): ExitCode {
  if (code !== undefined && Object.hasOwn(exitCodes, code)) return exitCodes[code] ?? exit.unknown
  if (status === 401) return exit.signInNeeded
  if (status === 403) return exit.notAuthorised
  if (status === 429 || status >= 500) return exit.connectivity
  return status >= 400 ? exit.badUsage : exit.unknown
}

/** Problem codes are snake_case; a TLS or socket fault is told in words that name the remedy. */
function whyNot(error: unknown): string {
  if ((error as Error).name === 'TimeoutError') return 'it did not answer in time'
  const cause = (error as { cause?: NodeJS.ErrnoException & { errors?: NodeJS.ErrnoException[] } }).cause
  const code = cause?.code ?? cause?.errors?.[0]?.code ?? ''
  const words: Readonly<Record<string, string>> = {
    ECONNREFUSED: 'nothing listens there',
    ENOTFOUND: 'no such host name',
    EAI_AGAIN: 'the name could not be looked up; is this machine online?',
    ECONNRESET: 'the connection was cut',
    UND_ERR_SOCKET: 'the connection was cut',
    ETIMEDOUT: 'it did not answer in time',
    UND_ERR_CONNECT_TIMEOUT: 'it did not answer in time',
    EHOSTUNREACH: 'no way leads to that host; is the VPN up?',
    ENETUNREACH: 'no way leads to that host; is the VPN up?',
  }
  if (words[code] !== undefined) return words[code]
  if (/CERT|SELF_SIGNED|UNABLE_TO_VERIFY/.test(code))
    return `its certificate is not trusted (${code}); a company's own authority is named with NODE_EXTRA_CA_CERTS`
  return plain(code || cause?.message || (error as Error).message)
}

function userAgent(): string {
  return `rolebridge/${version} (${process.platform}; node ${process.versions.node})`
}

/** The text of an answer, as far as a bridge would go; no bridge says more. */
async function bodyOf(response: Response): Promise<string> {
  const pieces: Uint8Array[] = []
  let size = 0
  for await (const piece of response.body ?? []) {
    size += piece.length
    if (size > longest) throw new Error('it answered without end')
    pieces.push(piece)
  }
  return Buffer.concat(pieces).toString('utf8')
}

function asObject(body: string): Record<string, unknown> | undefined {
  try {
    const read = JSON.parse(body)
    return typeof read === 'object' && read !== null && !Array.isArray(read) ? read : undefined
  } catch {
    return undefined
  }
}

/** Seconds that a bridge named, within what makes sense: others would end a wait at once or never (RFC 8628 §3.2). */
export function secondsOf(
  value: unknown,
  { least, most, otherwise }: { readonly least: number; readonly most: number; readonly otherwise: number },
): number {
  return typeof value === 'number' ? Math.min(most, Math.max(least, value)) : otherwise
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined
}
