import { createHash } from 'node:crypto'
import type { Request, RequestHandler } from 'express'
import expressSession, { type SessionData } from 'express-session'
import type { Clock, Collection, Random } from '../core/index.ts'

declare module 'express-session' {
  interface SessionData {
    /** The bridge's session: who signed in and until when. */
    sessionId: string
    /** Synchroniser token of this session's forms. */
    csrf: string
  }
}

/** What the store remembers of a browser: a pointer to the bridge's session, nothing about the person. */
export interface BrowserSession {
  readonly sessionId?: string
  readonly csrf?: string
}

/** `__Host-` ties the cookie to exactly this host; http is served on localhost only, where it cannot be used. */
export const sessionCookieName = (secure: boolean) => (secure ? '__Host-rolebridge' : 'rolebridge')

/** The attributes of the session cookie; it ends with the browser, and earlier by the store's idle limit. */
export const sessionCookieOptions = (secure: boolean) =>
  ({ path: '/', httpOnly: true, sameSite: 'lax', secure }) as const

/** Session middleware over our own store. `idle` in seconds. */
export function sessionMiddleware(options: {
  readonly secure: boolean
  readonly secrets: readonly string[]
  readonly records: Collection<BrowserSession>
  readonly idle: number
  readonly clock: Clock
  readonly random: Random
}): RequestHandler {
  return expressSession({
    name: sessionCookieName(options.secure),
    secret: [...options.secrets],
    cookie: sessionCookieOptions(options.secure),
    genid: () => options.random(32).toString('base64url'),
    store: new CollectionStore(options.records, () => options.clock() + options.idle * 1000),
    resave: false,
    rolling: false,
    saveUninitialized: false,
  })
}

type Done = (error?: unknown) => void

/** Lets express-session keep its records in one of our collections. */
class CollectionStore extends expressSession.Store {
  readonly #records: Collection<BrowserSession>
  readonly #expiry: () => number

  constructor(records: Collection<BrowserSession>, expiry: () => number) {
    super()
    this.#records = records
    this.#expiry = expiry
  }

  override get(sid: string, done: (error: unknown, session?: SessionData | null) => void): void {
    this.#records.get(recordId(sid)).then(
      (record) => done(null, record === undefined ? null : revive(record)),
      (error: unknown) => done(error),
    )
  }

  override set(sid: string, session: SessionData, done: Done = () => {}): void {
    const record: BrowserSession = { sessionId: session.sessionId, csrf: session.csrf }
    this.#records.put(recordId(sid), record, this.#expiry()).then(() => done(), done)
  }

  override destroy(sid: string, done: Done = () => {}): void {
    this.#records.take(recordId(sid)).then(() => done(), done)
  }

  /** Prolongs a record that is still there: a sign-out in another tab is not undone. */
  override touch(sid: string, _session: SessionData, done: Done = () => {}): void {
    this.#records.update(recordId(sid), (record) => ({ ...record }), this.#expiry()).then(() => done(), done)
  }
}

/** Keys are not encrypted at rest, so the store learns a digest instead of what the cookie holds. */
const recordId = (sid: string) => createHash('sha256').update(sid).digest('base64url')

const revive = (record: BrowserSession) =>
  ({ ...record, cookie: { originalMaxAge: null } }) as unknown as SessionData

/** A fresh session id for a fresh sign-in, so that an id planted before is worth nothing; saved on return. */
export async function openBrowserSession(request: Request, data: { sessionId: string; csrf: string }) {
  await settled((done) => request.session.regenerate(done))
  Object.assign(request.session, data)
  try {
    await settled((done) => request.session.save(done))
  } catch (error) {
    Object.assign(request, { session: null }) // the middleware shall not try again under the error page
    throw error
  }
}

/** Forgets the browser's session in the store. */
export async function closeBrowserSession(request: Request) {
  await settled((done) => request.session.destroy(done))
}

const settled = (start: (done: Done) => void) =>
  new Promise<void>((resolve, reject) => start((error) => (error ? reject(error) : resolve())))
