import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { AwsClient, approve } from '../flows/aws-client.ts'
import { leaverJob, offices, signedIn } from '../flows/people-stage.ts'
import { decide, Program, pkce } from '../flows/program.ts'
import { type Page, Person } from '../person.ts'
import { type PostgresServer, startPostgres } from '../postgres.ts'
import { somebody } from '../stage.ts'
import { everySharedStore, startTwoNodes, type TwoNodes, withHistoryIn } from './two-nodes.ts'

const admin = 'arn:aws:iam::111122223333:role/Admin'
const people = [somebody('alice', 'aws-111122223333-Admin'), somebody('sam', 'secops')]
const leaver = 'alice@corp.example'

/** A door that somebody stands in when the lock falls, and what it says then. */
interface Door {
  readonly name: string
  /** They come as far as the door; what is returned is the next step. */
  readonly open: (
    nodes: TwoNodes,
  ) => Promise<() => Promise<{ readonly status: number; readonly said?: string }>>
  /** What the next step says to somebody who is not locked. */
  readonly good: number
  /** And to somebody who is. */
  readonly no: number
  readonly says?: RegExp
}

const textOf = ({ status, text }: Page) => ({ status, said: text })
const bodyOf = ({ status, body }: { status: number; body: unknown }) => ({
  status,
  said: JSON.stringify(body),
})

/** The page that the identity provider answers with, not yet brought to the bridge. */
async function answered(url: string, at = url) {
  const person = new Person()
  const login = await person.follow(await person.get(at))
  return { person, answer: await person.submit(login, { username: 'alice', password: 'alice' }) }
}

async function deviceOf(nodes: TwoNodes) {
  const program = new Program(nodes)
  const { body } = await program.start()
  const person = new Person()
  const page = await person.signIn(nodes.url, 'alice', 'alice', `/device?user_code=${body.user_code}`)
  return { program, person, page, deviceCode: body.device_code as string }
}

const doors: readonly Door[] = [
  {
    name: 'the portal of a browser that is signed in',
    open: async ({ url }) => {
      const person = new Person()
      await person.signIn(url, 'alice')
      return async () => textOf(await person.get(`${url}/`))
    },
    ...{ good: 200, no: 303 },
  },
  {
    name: 'a form of the portal that takes a role',
    open: async ({ url }) => {
      const person = new Person()
      const portal = await person.signIn(url, 'alice')
      const form = portal.forms.findIndex(({ action }) => action === '/portal/credentials')
      return async () => textOf(await person.submit(portal, { role: admin }, form))
    },
    ...{ good: 200, no: 401 },
  },
  {
    name: 'a link to the console',
    open: async ({ url }) => {
      const person = new Person()
      await person.signIn(url, 'alice')
      const link = `${url}/console?account_id=111122223333&role_name=Admin`
      return async () => {
        const { status, location } = await person.get(link, {
          'sec-fetch-mode': 'navigate',
          'sec-fetch-dest': 'document',
          'sec-fetch-site': 'none',
          'sec-fetch-user': '?1',
        })
        return { status: /SigninToken/.test(location) ? 200 : status === 302 ? 200 : status }
      }
    },
    ...{ good: 200, no: 303 },
  },
  {
    name: 'a program’s token at the API',
    open: async (nodes) => {
      const { api } = await signedIn(nodes, 'alice')
      return async () => bodyOf(await api('POST', '/api/v1/credentials', { role: admin }))
    },
    ...{ good: 200, no: 401 },
  },
  {
    name: 'a program that renews its token',
    open: async (nodes) => {
      const { program, refreshToken } = await signedIn(nodes, 'alice')
      return async () => bodyOf(await program.refresh(refreshToken))
    },
    ...{ good: 200, no: 400, says: /invalid_grant/ },
  },
  {
    name: 'a stock AWS client',
    open: async (nodes) => {
      const client = new AwsClient(nodes)
      const { body } = await client.signIn('alice')
      const path = '/federation/credentials?account_id=111122223333&role_name=Admin'
      return async () => bodyOf(await client.portal(path, body.accessToken))
    },
    ...{ good: 200, no: 401 },
  },
  {
    name: 'a stock AWS client that renews its token',
    open: async (nodes) => {
      const client = new AwsClient(nodes)
      const { body } = await client.signIn('alice')
      return async () => bodyOf(await client.refresh(body.refreshToken))
    },
    ...{ good: 200, no: 400 },
  },
  {
    name: 'a device that was approved and has not come back',
    open: async (nodes) => {
      const { program, person, page, deviceCode } = await deviceOf(nodes)
      await decide(person, page, 'approve')
      return async () => bodyOf(await program.poll(deviceCode))
    },
    ...{ good: 200, no: 400, says: /access_denied/ },
  },
  {
    name: 'an AWS device that was approved and has not come back',
    open: async (nodes) => {
      const client = new AwsClient(nodes)
      await client.register()
      const { body } = await client.start()
      await approve(new Person(), nodes.url, 'alice', body.verificationUriComplete)
      return async () => bodyOf(await client.poll(body.deviceCode))
    },
    ...{ good: 200, no: 400 },
  },
  {
    name: 'an authorization code that was not redeemed',
    open: async (nodes) => {
      const { verifier, challenge } = pkce()
      const query = new URLSearchParams({
        response_type: 'code',
        client_id: 'rolebridge-cli',
        redirect_uri: 'http://127.0.0.1:4711/back',
        code_challenge: challenge,
        code_challenge_method: 'S256',
        state: 's',
      })
      const person = new Person()
      const page = await person.signIn(nodes.url, 'alice', 'alice', `/oauth/authorize?${query}`)
      const { location } = await decide(person, page, 'approve')
      const code = new URL(location).searchParams.get('code') ?? ''
      const fields = {
        grant_type: 'authorization_code',
        code,
        code_verifier: verifier,
        redirect_uri: 'http://127.0.0.1:4711/back',
      }
      return async () => bodyOf(await new Program(nodes).form('/oauth/token', fields))
    },
    ...{ good: 200, no: 400, says: /access_denied/ },
  },
  {
    name: 'a sign-in whose answer is on its way',
    open: async ({ url }) => {
      const { person, answer } = await answered(url)
      return async () => textOf(await person.submit(answer))
    },
    ...{ good: 303, no: 403, says: /Your access is locked/ },
  },
  {
    name: 'a tile of the identity provider',
    open: async ({ url, world }) => {
      const { person, answer } = await answered(url, `${world.urls.idp}/tile`)
      return async () => textOf(await person.submit(answer))
    },
    ...{ good: 303, no: 403, says: /Your access is locked/ },
  },
]

for (const store of everySharedStore)
  describe(`a leaver is locked by one call of the API, in ${store}`, () => {
    let nodes: TwoNodes
    before(async () => {
      nodes = await startTwoNodes({ people, config: offices, store })
    })
    after(() => nodes?.close())

    test('and every door of the other node says no', async () => {
      nodes.steer('a')
      const job = await leaverJob(nodes)
      for (const { name, open, good } of doors) {
        const step = await open(nodes)
        nodes.steer('b')
        assert.equal((await step()).status, good, `${name}, before`)
        nodes.steer('a')
      }
      const steps = []
      for (const { open } of doors) steps.push(await open(nodes))
      const { status, body } = await job('PUT', '/api/v1/locks', { user: leaver, reason: 'HR-4711' })
      assert.equal(status, 200, JSON.stringify(body))
      nodes.steer('b')
      for (const [index, step] of steps.entries()) {
        const { name, no, says } = doors[index] as Door
        const answer = await step()
        assert.equal(answer.status, no, `${name}: ${answer.said}`)
        if (says) assert.match(String(answer.said), says, name)
      }
      assert.equal((await new Person().signIn(nodes.url, 'alice')).status, 403)
    })
  })

describe('what a leaver took on one node', () => {
  let postgres: PostgresServer | undefined
  let nodes: TwoNodes
  before(async () => {
    postgres = await startPostgres()
    const database = await postgres.database()
    nodes = await startTwoNodes({
      people,
      config: (yaml) => withHistoryIn(database, offices(yaml)),
    })
    await nodes.reconfigure('b', (yaml) => `${yaml}node: other\n`)
  })
  after(async () => {
    await nodes?.close()
    await postgres?.stop()
  })

  test('is cut on the other, which says so when it could not look everywhere', async () => {
    nodes.steer('a')
    const alice = await signedIn(nodes, 'alice')
    assert.equal((await alice.api('POST', '/api/v1/credentials', { role: admin })).status, 200)
    const sam = await signedIn(nodes, 'sam')
    const { ref } = (await sam.api('GET', '/api/v1/people?text=alice')).body.people[0]
    nodes.steer('b')
    const cut = async () => (await sam.api('GET', `/api/v1/people/${ref}/cut`)).body
    let body = await cut()
    // The node that handed out reads its own file into the database, a moment later.
    for (let tries = 0; tries < 100 && body.cuts.length === 0; tries++) {
      await new Promise((resolve) => setTimeout(resolve, 50))
      body = await cut()
    }
    assert.deepEqual([body.cuts.map((one: { hold: number }) => one.hold), body.whole], [[1], true])
    await postgres?.stop()
    postgres = undefined
    const { cuts, whole } = await cut()
    assert.deepEqual([cuts, whole], [[], false])
  })
})
