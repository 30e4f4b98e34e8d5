import { randomBytes } from 'node:crypto'
import type { Express } from 'express'
import request from 'supertest'
import type { Clock, Collection } from '../../src/core/index.ts'
import { createOAuth, type SessionKeeper } from '../../src/oauth/index.ts'
import {
  type BrowserSession,
  consoleRoutes,
  createWeb,
  credentialsRoutes,
  explainRoutes,
  healthRoutes,
  loginRoutes,
  portalRoutes,
  publicRoutes,
  type Route,
  samlRoutes,
  signOutRoutes,
  type WebDeps,
} from '../../src/web/index.ts'
import { memoryBridge } from './memory-bridge.ts'

const routes: readonly Route[] = [
  publicRoutes,
  healthRoutes,
  portalRoutes,
  loginRoutes,
  samlRoutes,
  credentialsRoutes,
  consoleRoutes,
  explainRoutes,
  signOutRoutes,
]

/** The web application over a bridge in memory, with a clock that only tests move. */
export function stage(change: Partial<WebDeps> = {}, more: readonly Route[] = []) {
  const time = { now: Date.parse('2026-03-01T09:00:00Z') }
  const clock: Clock = () => time.now
  const bridge = memoryBridge(clock)
  const refused: { code: string; detail: string; requestId: string; path: string }[] = []
  const failed: { error: unknown; requestId: string }[] = []
  const answered: { route: string; status: number }[] = []
  const sessions = memoryCollection<BrowserSession>(clock)
  const baseUrl = 'https://aws.corp.example'
  const oauth = memoryOAuth(clock, bridge, baseUrl)
  const app = createWeb(
    {
      bridge,
      oauth,
      baseUrl,
      trustProxy: 0,
      secrets: ['a secret of this test'],
      sessions,
      recents: memoryCollection(clock),
      idle: 3600,
      clock,
      random: randomBytes,
      maxMessageSize: 100_000,
      version: '0.1.0',
      hooks: {
        refused: (event) => refused.push(event),
        failed: (event) => failed.push(event),
        answered: (event) => answered.push(event),
      },
      ...change,
    },
    [...routes, ...more],
  )
  return {
    app,
    bridge,
    oauth,
    time,
    sessions,
    refused,
    failed,
    answered,
    origin: change.baseUrl ?? 'https://aws.corp.example',
  }
}

export type Stage = ReturnType<typeof stage>

/** A browser that keeps cookies, as far as these tests need one. */
export function browser(app: Express, origin = 'https://aws.corp.example') {
  const cookies = new Map<string, string>()
  const keep = (lines: string[] | undefined) => {
    for (const line of lines ?? []) {
      const [pair = ''] = line.split(';')
      const [name = '', value = ''] = [pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1)]
      if (value === '' || /expires=Thu, 01 Jan 1970/i.test(line)) cookies.delete(name)
      else cookies.set(name, value)
    }
  }
  const jar = () => [...cookies].map(([name, value]) => `${name}=${value}`).join('; ')
  const send = async (test: request.Test, headers: Record<string, string>) => {
    const answer = await test.set({
      Accept: 'text/html',
      ...(cookies.size ? { Cookie: jar() } : {}),
      ...headers,
    })
    keep(answer.headers['set-cookie'] as unknown as string[] | undefined)
    return answer
  }
  return {
    cookies,
    get: (path: string, headers: Record<string, string> = {}) => send(request(app).get(path), headers),
    head: (path: string, headers: Record<string, string> = {}) => send(request(app).head(path), headers),
    post: (path: string, fields: Record<string, string> | string, headers: Record<string, string> = {}) =>
      send(request(app).post(path).type('form').send(fields), { Origin: origin, ...headers }),
  }
}

/** A browser in which somebody is signed in, and the token of its forms. */
export async function signedIn({ app, origin }: Pick<Stage, 'app' | 'origin'>) {
  const visitor = browser(app, origin)
  const answer = await visitor.post('/saml/acs', { SAMLResponse: 'valid' }, { Origin: 'https://idp.example' })
  if (answer.status !== 303) throw new Error(`the sign-in failed: ${answer.status} ${answer.text}`)
  const csrf = async () => /name="csrf" value="([^"]+)"/.exec((await visitor.get('/')).text)?.[1] ?? ''
  return { ...visitor, csrf: await csrf() }
}

/** The authorization server over collections in memory. */
function memoryOAuth(clock: Clock, sessions: SessionKeeper, baseUrl: string) {
  const counts = new Map<string, number>()
  return createOAuth({
    devices: memoryCollection(clock),
    userCodes: memoryCollection(clock),
    codes: memoryCollection(clock),
    access: memoryCollection(clock),
    families: memoryCollection(clock),
    secrets: ['a secret of this test'],
    counters: {
      get: async (key) => counts.get(key)?.toString(),
      async increment(key) {
        counts.set(key, (counts.get(key) ?? 0) + 1)
        return counts.get(key) ?? 0
      },
    },
    sessions,
    tell: async () => {},
    clock,
    random: randomBytes,
    baseUrl,
  })
}

/** A collection as the store keeps them, in a map. */
function memoryCollection<T>(
  clock: Clock,
): Collection<T> & { readonly size: () => number; readonly ids: () => string[] } {
  const records = new Map<string, { text: string; expiresAt: number }>()
  const read = (id: string): T | undefined => {
    const record = records.get(id)
    return record !== undefined && record.expiresAt > clock() ? JSON.parse(record.text) : undefined
  }
  const write = (id: string, value: T, expiresAt = Number.POSITIVE_INFINITY) => {
    records.set(id, { text: JSON.stringify(value), expiresAt })
  }
  return {
    size: () => records.size,
    ids: () => [...records.keys()],
    get: async (id) => read(id),
    holds: async (id) => read(id) !== undefined,
    put: async (id, value, expiresAt) => write(id, value, expiresAt),
    async putIfAbsent(id, value, expiresAt) {
      if (read(id) !== undefined) return false
      write(id, value, expiresAt)
      return true
    },
    async take(id) {
      const value = read(id)
      records.delete(id)
      return value
    },
    async update(id, change, expiresAt) {
      const before = read(id)
      const after = before === undefined ? undefined : change(before)
      if (after !== undefined) write(id, after, expiresAt)
      return after
    },
    async upsert(id, change, expiresAt) {
      const after = change(read(id), records.has(id))
      write(id, after, expiresAt(after))
      return after
    },
    async *values() {
      for (const id of records.keys()) {
        const value = read(id)
        if (value !== undefined) yield value
      }
    },
  }
}
