import { request } from '../http.ts'
import { plain } from '../terminal/plain-text.ts'
import { say } from '../terminal/terminal.ts'
import { type Bridge, revokeTokens } from './access.ts'
import { signInByDevice } from './device.ts'
import { signInByLoopback } from './loopback.ts'
import { type SignIn, signInAt } from './remembered.ts'
import { readTokens, remembered, rememberSignIn, type Tokens } from './sign-ins.ts'
import type { SignInWish } from './wish.ts'

/** How a person signs in. */
export interface SignInOptions extends SignInWish {
  readonly pkce: boolean
  readonly qr: boolean
  readonly browser: boolean
}

/** Signs in at a bridge and remembers it. Throws the kind of failure as its exit code. */
export async function signIn({ url, folder }: Bridge, options: SignInOptions): Promise<SignIn> {
  const tokens = options.pkce
    ? await signInByLoopback(url, options, options)
    : await signInByDevice(url, options, options)
  const me = readMe(await request(url, '/api/v1/me', { token: tokens.accessToken }))
  const replaced = tokensAt(folder, url)
  const done = rememberSignIn(folder, url, tokens, me)
  if (replaced) await revokeTokens(url, replaced).catch(sayLeftover)
  return done
}

/** The tokens of the sign-in that a new one is about to replace; whoever holds a copy of them shall not go on. */
function tokensAt(folder: string, url: string): Tokens | undefined {
  const before = signInAt(remembered(folder), url)
  try {
    return before && readTokens(folder, url, before)
  } catch (error) {
    sayLeftover(error)
    return undefined
  }
}

function sayLeftover(error: unknown): void {
  say(
    `${(error as Error).message} The sign-in before this one was not ended at the bridge; it ends by itself.`,
  )
}

/** The last moment that a Date can hold (ECMA-262 §21.4.1.1). */
const lastDate = 8.64e15

/** Who the bridge says that we are, and until when. */
export function readMe(body: Readonly<Record<string, unknown>>): { user: string; expiresAt?: number } {
  const session = (typeof body.session === 'object' && body.session !== null ? body.session : body) as Record<
    string,
    unknown
  >
  const user = plain(body.user ?? body.name)
  const end = session.expiresAt ?? body.expiresAt
  const expiresAt = typeof end === 'string' ? Date.parse(end) : Number(end)
  return { user, ...(Math.abs(expiresAt) <= lastDate && { expiresAt }) }
}
