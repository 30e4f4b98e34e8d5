import { createHash, randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { lockSchema, personSchema, seenSchema, sessionSchema } from '../../src/app/schemas.ts'
import { enlist, liveSession } from '../../src/bridge/sessions/session-list.ts'
import { endSession, openChildSession } from '../../src/bridge/sessions/sessions.ts'
import type { RequestContext, Session } from '../../src/core/index.ts'
import {
  accessSchema,
  type Client,
  codeSchema,
  createOAuth,
  deviceSchema,
  familySchema,
  userCodeSchema,
} from '../../src/oauth/index.ts'
import { createCollections, openStore } from '../../src/store/index.ts'
import { fakeClock } from '../store/conformance.ts'

export const context: RequestContext = {
  requestId: 'r-1',
  sourceIp: '192.0.2.1',
  userAgent: 'test',
  channel: 'cli',
}

export const client = (id: string): Client => ({
  id,
  name: `the program ${id}`,
  kind: 'cli',
  allowsRedirect: (uri) => uri === redirectUri,
})
export const redirectUri = 'http://127.0.0.1:4711/back'
export const asked = { address: '192.0.2.9', userAgent: 'program/1.0' }

/** A verifier with the request that names its challenge. */
export function pkce() {
  const codeVerifier = randomBytes(32).toString('base64url')
  const codeChallenge = createHash('sha256').update(codeVerifier).digest('base64url')
  return {
    codeVerifier,
    request: { responseType: 'code', redirectUri, codeChallenge, codeChallengeMethod: 'S256', state: 's' },
  }
}

/** The room with a real store and the bridge's sessions, on a clock that a test moves. */
export async function oauthRoom() {
  const folder = await mkdtemp(join(tmpdir(), 'rolebridge-oauth-'))
  const time = fakeClock()
  const store = await openStore(`embedded:${folder}`, time)
  const secrets = ['a secret of this test']
  const collection = createCollections(store, secrets, randomBytes)
  const told: string[] = []
  const trail = { full: false }
  const tell = async ({ type }: { type: string }) => {
    if (trail.full) throw new Error('the trail is full')
    told.push(type)
  }
  const sessions = {
    sessions: collection('session', sessionSchema),
    people: collection('person', personSchema),
    seen: collection('seen', seenSchema),
    locks: collection('lock', lockSchema),
    seenFor: 90 * 86_400_000,
    events: { emit: tell, ready: async () => {}, close: async () => {} },
    clock: time.clock,
    random: randomBytes,
  }
  const keeper = {
    session: (id: string) => liveSession(sessions, id),
    openChildSession: openChildSession.bind(undefined, sessions),
    endSession: endSession.bind(undefined, sessions),
    openWorkloadSession: () => Promise.reject(new Error('no workloads here')),
  }
  const records = {
    devices: collection('device', deviceSchema),
    userCodes: collection('user-code', userCodeSchema),
    codes: collection('code', codeSchema),
    access: collection('access', accessSchema),
    families: collection('family', familySchema),
  }
  const parts = {
    ...records,
    counters: store,
    sessions: keeper,
    tell,
    clock: time.clock,
    random: randomBytes,
    baseUrl: 'https://bridge.example',
    secrets,
  }
  let browsers = 0
  return {
    ...time,
    ...keeper,
    parts,
    bridgeParts: sessions,
    oauth: createOAuth(parts),
    told,
    trail,
    /** A person's browser session of eight hours. */
    async browser(name = 'alice', sessionIndex?: string): Promise<Session> {
      const session: Session = {
        id: `browser-${browsers++}`,
        kind: 'browser',
        identity: {
          provider: 'okta',
          protocol: 'saml',
          issuer: 'https://idp.example',
          user: name,
          nameId: name,
          attributes: {},
          authnInstant: 0,
          mfa: true,
          ...(sessionIndex !== undefined && { sessionIndex }),
        },
        createdAt: time.clock(),
        expiresAt: time.clock() + 8 * 3600_000,
        client: asked,
      }
      await enlist(sessions, session)
      return session
    },
    async close() {
      await store.close()
      await rm(folder, { recursive: true, force: true })
    },
  }
}
