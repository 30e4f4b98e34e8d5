import assert from 'node:assert/strict'
import { readFile, writeFile } from 'node:fs/promises'
import { after, before, describe, test } from 'node:test'
import { Person } from '../person.ts'
import { type Stage, startStage } from '../stage.ts'
import { startWildProvider, type WildProvider } from './openid-provider.ts'
import { until } from './until.ts'

const entry = (name: string, issuer: string, more = '') =>
  `  ${name}: { kind: oidc, issuer: '${issuer}', clientId: bridge, clientSecret: 'a client secret'${more} }\n`

describe('two OpenID providers, one of which plays the other’s answers back', () => {
  let honest: WildProvider
  let evil: WildProvider
  let stage: Stage
  before(async () => {
    honest = await startWildProvider(() => Date.now())
    evil = await startWildProvider(() => Date.now())
    stage = await startStage({
      config: (yaml) =>
        yaml.replace(
          'identityProviders:\n',
          (line) => `${line}${entry('honest', honest.issuer)}${entry('evil', evil.issuer)}`,
        ),
    })
  })
  after(async () => {
    await stage?.close()
    await honest?.close()
    await evil?.close()
  })

  async function configure(change: (yaml: string) => string): Promise<void> {
    await writeFile(stage.world.configFile, change(await readFile(stage.world.configFile, 'utf8')))
    await stage.restart()
    await until(async () => /^ready$/m.test(await (await fetch(`${stage.url}/readyz`)).text()))
  }

  test('start no sign-in where their answers could not be told apart', async () => {
    const page = await new Person().get(`${stage.url}/login?idp=evil`)
    assert.equal(page.status, 503)
    assert.match(stage.log.join('\n'), /ownCallback: true/)
  })

  test('say in each answer of whom it is, or it counts for nothing', async () => {
    // What a provider says that it does, it may still leave out; the honest one of these two does leave it out.
    evil.discovery = { authorization_response_iss_parameter_supported: true }
    honest.discovery = { authorization_response_iss_parameter_supported: true }
    await configure((yaml) => yaml)
    const person = new Person()
    const start = new URL((await person.get(`${stage.url}/login?idp=evil`)).location)
    const before = evil.redeemed.length
    const state = start.searchParams.get('state')
    const page = await person.get(`${stage.url}/oidc/callback?code=of-the-honest&state=${state}`)
    assert.equal(page.status, 403)
    assert.equal(evil.redeemed.length, before)
    const refused = (await stage.audit()).findLast(({ type }) => type === 'sign_in_refused')
    assert.equal(refused?.code, 'unknown_issuer')
  })

  test('are told apart by addresses of their own, at which no other’s answer counts', async () => {
    evil.discovery = {}
    honest.discovery = {}
    await configure((yaml) =>
      yaml
        .replace(entry('honest', honest.issuer), entry('honest', honest.issuer, ', ownCallback: true'))
        .replace(entry('evil', evil.issuer), entry('evil', evil.issuer, ', ownCallback: true')),
    )
    const good = new Person()
    assert.equal((await good.follow(await good.get(`${stage.url}/login?idp=honest`))).status, 200)
    const redeemed = honest.redeemed.at(-1)?.body.get('redirect_uri')
    assert.equal(redeemed, `${stage.url}/oidc/callback/honest`)
    // The evil one sends the person on to the honest one, whose answer comes to where the honest one's do.
    for (const path of ['/oidc/callback/honest', '/oidc/callback', '/oidc/callback/nobody']) {
      const person = new Person()
      const start = new URL((await person.get(`${stage.url}/login?idp=evil`)).location)
      const before = evil.redeemed.length
      const state = start.searchParams.get('state')
      const page = await person.get(`${stage.url}${path}?code=of-the-honest&state=${state}`)
      assert.ok(page.status >= 400, path)
      assert.equal(evil.redeemed.length, before, path)
    }
  })

  test('may share the one address when one of them has its own', async () => {
    await configure((yaml) =>
      yaml.replace(entry('evil', evil.issuer, ', ownCallback: true'), entry('evil', evil.issuer)),
    )
    const person = new Person()
    assert.equal((await person.follow(await person.get(`${stage.url}/login?idp=evil`))).status, 200)
  })
})
