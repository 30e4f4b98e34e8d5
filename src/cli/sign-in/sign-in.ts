import type { Bridge } from '../access.ts'
import { request } from '../http.ts'
import { plain } from '../plain-text.ts'
import type { SignIn } from '../remembered.ts'
import { rememberSignIn } from '../sign-ins.ts'
import { signInByDevice } from './device.ts'
import { signInByLoopback } from './loopback.ts'
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
  return rememberSignIn(folder, url, tokens, me)
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
