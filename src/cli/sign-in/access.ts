import { cliError, exit } from '../command.ts'
import { agentIn } from '../credentials/agent.ts'
import { lockUnless } from '../credentials/lock.ts'
import { nickname } from '../files/places.ts'
import { ensurePrivateFolder } from '../files/private-folder.ts'
import { type Ask, problem, request, requestLines, type Streamed, secondsOf, send } from '../http.ts'
import { type SignIn, signInAt } from './remembered.ts'
import { noteTooOld, readTokens, remembered, renewTokens, type Tokens } from './sign-ins.ts'

/** A bridge, and the folder in which we remember our sign-in there. */
export interface Bridge {
  readonly url: string
  readonly folder: string
  /** As whom, where no person signed in: a workload with a token of its platform. */
  readonly workload?: {
    /** Its name in the cache. */
    readonly session: string
    /** A token for the API; another one than `refused`. */
    readonly accessToken: (refused?: string) => Promise<string>
  }
}

/** The public client that every bridge knows (RFC 6749 §2.1): it has no secret. */
export const clientId = 'rolebridge-cli'

/** Milliseconds before its end at which an access token is renewed. */
const early = 30_000

/** The sentence for somebody without a live sign-in; it names the command that mends it. */
export function signInNeeded({ url }: Bridge, why = `You are not signed in to ${url}.`): Error {
  return cliError(exit.signInNeeded, `${why}\nSign in with: rolebridge login --url ${url}`)
}

/** The sentence for somebody whose role wants another sign-in than the one at hand. */
export function stepUpNeeded({ url }: Pick<Bridge, 'url'>, why: string, role: string): Error {
  return cliError(
    exit.signInNeeded,
    `${why}\nSign in with: rolebridge login --url ${url} --step-up ${quoted(role)}`,
  )
}

/** The sentence for somebody whose role others must allow first. */
export function requestNeeded(why: string, role: string): Error {
  const asks = `rolebridge request --role ${quoted(role)} --reason WHY`
  return cliError(exit.notAuthorised, `${why}\nAsk with: ${asks}\nYours: rolebridge requests`)
}

/** The sign-in at this bridge. Throws `signInNeeded` when there is none or when it has ended. */
export function requireSignIn(bridge: Bridge): SignIn {
  const signIn = signInAt(remembered(bridge.folder), bridge.url)
  if (signIn === undefined) throw signInNeeded(bridge)
  if (signIn.expiresAt !== undefined && signIn.expiresAt <= Date.now())
    throw signInNeeded(bridge, `Your sign-in to ${bridge.url} has ended.`)
  return signIn
}

/** Asks the API as the person who is signed in; renews the access token when its time has come. */
export function callApi(bridge: Bridge, path: string, ask: Ask = {}): Promise<Record<string, unknown>> {
  return askAs(bridge, path, ask, request)
}

/** As `callApi`, for an answer of many lines. */
export function streamApi(bridge: Bridge, path: string): Promise<Streamed> {
  return askAs(bridge, path, {}, requestLines)
}

async function askAs<T>(
  bridge: Bridge,
  path: string,
  ask: Ask,
  send: (url: string, path: string, ask: Ask) => Promise<T>,
): Promise<T> {
  if (bridge.workload) return askAsWorkload(bridge.url, bridge.workload, path, ask, send)
  const signIn = requireSignIn(bridge)
  const agent = agentIn(process.env)
  const tokens = readTokens(bridge.folder, bridge.url, signIn)
  if (tokens === undefined) throw signInNeeded(bridge)
  const due = tokens.accessExpiresAt - early <= Date.now()
  const current = due ? await renew(bridge, signIn, tokens) : tokens
  try {
    return await send(bridge.url, path, { ...ask, agent, token: current.accessToken })
  } catch (error) {
    const why = inWords(bridge, signIn, ask, error)
    if (why !== undefined) throw why
    if (due) throw signInNeeded(bridge, (error as Error).message)
    const renewed = await renew(bridge, signIn, tokens)
    return send(bridge.url, path, { ...ask, agent, token: renewed.accessToken }).catch((again: unknown) => {
      throw inWords(bridge, signIn, ask, again) ?? again
    })
  }
}

/** What a refusal means for whoever runs this, with the command that mends it; undefined: newer tokens may do. */
function inWords(bridge: Bridge, signIn: SignIn, ask: Ask, error: unknown): unknown {
  const { code, exitCode, message } = error as { code?: string; exitCode?: number; message: string }
  if (code === 'request_required') return requestNeeded(message, roleIn(ask))
  if (exitCode !== exit.signInNeeded) return error
  // Allowing a request names no role: whoever asked says where that sign-in is made.
  if (code === 'step_up_required')
    return roleIn(ask) === '' ? error : stepUpNeeded(bridge, message, roleIn(ask))
  if (code !== 'reauthentication_required') return undefined
  noteTooOld(bridge.folder, bridge.url, signIn)
  return signInNeeded(bridge, message)
}

async function askAsWorkload<T>(
  url: string,
  { accessToken }: NonNullable<Bridge['workload']>,
  path: string,
  ask: Ask,
  send: (url: string, path: string, ask: Ask) => Promise<T>,
): Promise<T> {
  const asWorkload = { ...ask, agent: agentIn(process.env) }
  const token = await accessToken()
  try {
    return await send(url, path, { ...asWorkload, token })
  } catch (error) {
    if ((error as { exitCode?: number }).exitCode !== exit.signInNeeded) throw error
    return send(url, path, { ...asWorkload, token: await accessToken(token) })
  }
}

/**
 * Trades the refresh token in (RFC 6749 §6). One process at a time: the bridge takes a refresh token that was
 * used before for a stolen one.
 */
async function renew(bridge: Bridge, signIn: SignIn, old: Tokens): Promise<Tokens> {
  const { url, folder } = bridge
  if (old.refreshToken === undefined) throw signInNeeded(bridge, `Your sign-in to ${url} has ended.`)
  ensurePrivateFolder(`${folder}/locks`)
  const elsewhere = () => {
    const now = readTokens(folder, url, signIn)
    return now && now.accessToken !== old.accessToken ? now : undefined
  }
  const turn = await lockUnless(`${folder}/locks/${nickname(url)}.lock`, elsewhere, 60_000)
  if (turn === 'late')
    throw cliError(exit.connectivity, 'Another rolebridge is renewing the sign-in and does not end.')
  if ('settled' in turn) return turn.settled
  try {
    const done = elsewhere()
    if (done) return done
    const form = { grant_type: 'refresh_token', client_id: clientId, refresh_token: old.refreshToken }
    const { status, body } = await send(url, '/oauth/token', { form })
    if (status === 400 && body?.error === 'invalid_grant')
      throw signInNeeded(bridge, `Your sign-in to ${url} has ended.`)
    if (status !== 200 || body === undefined) throw problem(status, body ?? {})
    const tokens = tokensOf(body, old.refreshToken)
    renewTokens(folder, url, signIn, tokens)
    return tokens
  } finally {
    turn.release()
  }
}

/** Ends a sign-in at the bridge; the refresh token takes its session along (RFC 7009 §2.1). */
export async function revokeTokens(url: string, tokens: Tokens): Promise<void> {
  const form = { client_id: clientId, token: tokens.refreshToken ?? tokens.accessToken }
  await send(url, '/oauth/revoke', { form, patience: 5000 })
}

/** Reads a token response (RFC 6749 §5.1). Without a new refresh token the old one stays good (§6). */
export function tokensOf(body: Readonly<Record<string, unknown>>, oldRefreshToken?: string): Tokens {
  const { access_token, token_type, expires_in, refresh_token } = body
  if (typeof access_token !== 'string' || String(token_type).toLowerCase() !== 'bearer')
    throw cliError(exit.unknown, 'The bridge answered without a bearer token.')
  const refreshToken = typeof refresh_token === 'string' ? refresh_token : oldRefreshToken
  return {
    accessToken: access_token,
    accessExpiresAt: Date.now() + secondsOf(expires_in, { least: 1, most: 86_400, otherwise: 300 }) * 1000,
    ...(refreshToken !== undefined && { refreshToken }),
  }
}

/** The role that was asked for: our own word, not one of the answer. */
function roleIn({ json }: Ask): string {
  return String((json as { role?: unknown } | undefined)?.role ?? '')
}

/** As a shell takes it: names of accounts may hold blanks, and paths of roles what a shell would run. */
export function quoted(text: string): string {
  return /^[\w+=,.@:/-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`
}
