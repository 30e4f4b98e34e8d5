import assert from 'node:assert/strict'
import { after, before, beforeEach, describe, it } from 'node:test'
import { AssumeRoleCommand, GetFederationTokenCommand, GetSessionTokenCommand } from '@aws-sdk/client-sts'
import { allowing, client, keysOf, role, trusting, user } from './aws-calls.ts'
import { type AwsWorld, awsWorld, start } from './aws-world.ts'

let world: AwsWorld
let session: { sessionId: string; sessionKey: string; sessionToken: string }
before(async () => {
  world = await awsWorld()
})
beforeEach(async () => {
  world.now = start
  const answer = await world.assume({
    SAMLAssertion: world.assertion({ attributes: { 'PrincipalTag:Team': ['Platform'] } }),
  })
  session = {
    sessionId: answer.read('AccessKeyId') ?? '',
    sessionKey: answer.read('SecretAccessKey') ?? '',
    sessionToken: answer.read('SessionToken') ?? '',
  }
})
after(() => world.close())

async function signinToken(more: Record<string, string> = {}) {
  const body = new URLSearchParams({ Action: 'getSigninToken', Session: JSON.stringify(session), ...more })
  const response = await fetch(`${world.url}/federation`, { method: 'POST', body })
  return {
    status: response.status,
    json: (await response.json()) as { SigninToken?: string; error?: string },
  }
}

function login(parameters: Record<string, string>) {
  const query = new URLSearchParams({ Action: 'login', Issuer: 'https://bridge.test/', ...parameters })
  return fetch(`${world.url}/federation?${query}`, { redirect: 'manual' })
}

const Destination = 'https://eu-west-1.console.aws.amazon.com/s3/home?region=eu-west-1'

describe('The console federation', () => {
  it('leads from a session to a console page that names it', async () => {
    const { json } = await signinToken({ SessionDuration: '3600' })
    const response = await login({ Destination, SigninToken: json.SigninToken ?? '' })
    assert.equal(response.status, 302)
    const cookie = response.headers.get('set-cookie') ?? ''
    assert.match(cookie, /^demo_console=[\w-]+; Path=\/; HttpOnly; SameSite=Lax$/)
    const location = response.headers.get('location') ?? ''
    assert.ok(!location.includes(json.SigninToken ?? 'none'))
    const page = await fetch(world.url + location, { headers: { cookie: cookie.split(';')[0] ?? '' } })
    const markup = await page.text()
    assert.equal(page.status, 200)
    assert.match(markup, /assumed-role\/Admin\/alice/)
    assert.match(markup, /111122223333/)
    assert.match(markup, /eu-west-1\.console\.aws\.amazon\.com\/s3\/home/)
    assert.match(markup, /Team = Platform/)
    assert.match(markup, /https:\/\/bridge\.test\//)
    assert.match(page.headers.get('content-security-policy') ?? '', /default-src 'none'/)
  })

  it('redeems a sign-in token once', async () => {
    const { json } = await signinToken()
    const SigninToken = json.SigninToken ?? ''
    assert.equal((await login({ Destination, SigninToken })).status, 302)
    assert.equal((await login({ Destination, SigninToken })).status, 400)
  })

  it('refuses a sign-in token after 15 minutes, and one nobody made', async () => {
    const { json } = await signinToken()
    world.now += 15 * 60_000
    assert.equal((await login({ Destination, SigninToken: json.SigninToken ?? '' })).status, 400)
    assert.equal((await login({ Destination, SigninToken: 'made-up' })).status, 400)
  })

  it('refuses credentials it did not issue, or that do not belong together', async () => {
    for (const wrong of [{ sessionId: 'ASIAXXXXXXXXXXXXXXXX' }, { sessionKey: 'x' }, { sessionToken: 'x' }]) {
      const { status, json } = await signinToken({ Session: JSON.stringify({ ...session, ...wrong }) })
      assert.equal(status, 400)
      assert.equal(json.error, 'The session credentials are not valid')
    }
    assert.equal((await signinToken({ Session: '{}' })).json.error, 'The session credentials are not valid')
    assert.match((await signinToken({ Session: 'none' })).json.error ?? '', /must be JSON/)
  })

  it('refuses credentials that expired', async () => {
    world.now += 3600_000
    assert.equal((await signinToken()).json.error, 'The session credentials are expired')
  })

  it('refuses a session duration outside 900 to 43200', async () => {
    for (const SessionDuration of ['899', '43201', 'long']) {
      assert.match((await signinToken({ SessionDuration })).json.error ?? '', /from 900 to 43200/)
    }
    assert.equal((await signinToken({ SessionDuration: '43200' })).status, 200)
  })

  it('takes no session duration for a role taken by temporary keys or a federated user, whose sessions last as long as they do', async () => {
    const { accessKeyId, secretAccessKey, sessionToken } = {
      accessKeyId: session.sessionId,
      secretAccessKey: session.sessionKey,
      sessionToken: session.sessionToken,
    }
    const target = role(
      world.sts.state,
      'arn:aws:iam::444455556666:role/Target',
      trusting(['arn:aws:iam::111122223333:role/Admin', 'arn:aws:iam::111122223333:user/bob']),
    )
    const chained = await client(world, { accessKeyId, secretAccessKey, sessionToken }).send(
      new AssumeRoleCommand({ RoleArn: target, RoleSessionName: 'alice' }),
    )
    const bob = user(world.sts.state, 'bob')
    const ofBob = keysOf(await client(world, bob).send(new GetSessionTokenCommand({})))
    const byUser = await client(world, ofBob).send(
      new AssumeRoleCommand({ RoleArn: target, RoleSessionName: 'bob' }),
    )
    const federated = await client(world, bob).send(
      new GetFederationTokenCommand({ Name: 'alice', Policy: allowing({ Action: '*' }) }),
    )
    for (const answer of [chained, byUser, federated]) {
      const keys = keysOf(answer)
      session = {
        sessionId: keys.accessKeyId,
        sessionKey: keys.secretAccessKey,
        sessionToken: keys.sessionToken ?? '',
      }
      assert.match(
        (await signinToken({ SessionDuration: '900' })).json.error ?? '',
        /SessionDuration cannot be given/,
      )
      assert.equal((await signinToken()).status, 200)
    }
  })

  it('refuses secrets in a query string', async () => {
    const query = new URLSearchParams({ Action: 'getSigninToken', Session: JSON.stringify(session) })
    const response = await fetch(`${world.url}/federation?${query}`)
    assert.equal(response.status, 405)
    assert.match(await response.text(), /by POST/)
  })

  it('takes the console’s own paths for pages here, as consoles do', async () => {
    const { json } = await signinToken()
    const answer = await login({
      Destination: `${world.url}/s3/home?region=eu-west-1`,
      SigninToken: json.SigninToken ?? '',
    })
    assert.equal(answer.status, 302)
    assert.match(answer.headers.get('location') ?? '', /^\/console\?destination=.*%2Fs3%2Fhome/)
  })

  it('redirects to consoles only', async () => {
    for (const wrong of [
      'https://evil.test/',
      'https://console.aws.amazon.com.evil.test/',
      'http://console.aws.amazon.com/',
      'https://x@console.aws.amazon.com/',
      `${world.url}/federation`,
      'javascript:alert(1)',
      '//evil.test',
    ]) {
      const { json } = await signinToken()
      const response = await login({ Destination: wrong, SigninToken: json.SigninToken ?? '' })
      assert.equal(response.status, 400, wrong)
    }
    const { json } = await signinToken()
    const here = await login({ Destination: `${world.url}/console/s3`, SigninToken: json.SigninToken ?? '' })
    assert.equal(here.status, 302)
  })

  it('shows no console without a session, nor after it ended or was left', async () => {
    assert.equal((await fetch(`${world.url}/console`)).status, 400)
    const { json } = await signinToken({ SessionDuration: '900' })
    const response = await login({ Destination, SigninToken: json.SigninToken ?? '' })
    const cookie = (response.headers.get('set-cookie') ?? '').split(';')[0] ?? ''
    assert.equal((await fetch(`${world.url}/console/ec2`, { headers: { cookie } })).status, 200)
    world.now += 900_000
    assert.equal((await fetch(`${world.url}/console`, { headers: { cookie } })).status, 400)
    world.now -= 1000
    await fetch(`${world.url}/console/sign-out`, { method: 'POST', headers: { cookie } })
    assert.equal((await fetch(`${world.url}/console`, { headers: { cookie } })).status, 400)
  })

  it('shows on its front page who took a role, and no secret', async () => {
    const markup = await (await fetch(world.url)).text()
    assert.match(markup, /assumed-role\/Admin\/alice/)
    for (const secret of Object.values(session)) assert.ok(!markup.includes(secret))
  })
})
