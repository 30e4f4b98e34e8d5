import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { type Page, Person } from '../person.ts'
import { type Stage, startStage, withRules } from '../stage.ts'
import { startWildProvider, type WildProvider } from './openid-provider.ts'
import { people, rulesWith, Someone } from './requests-stage.ts'

/** Somebody who chooses by which of the two providers they come. */
class Chooser extends Person {
  readonly idp: 'demo' | 'wild'

  constructor(idp: 'demo' | 'wild') {
    super()
    this.idp = idp
  }

  override async signIn(bridge: string, name: string, _password?: string, path = '/'): Promise<Page> {
    const page = await this.follow(await this.get(bridge + path))
    const link = [...page.text.matchAll(/href="([^"]*)"/g)].find(([, to = '']) =>
      new RegExp(`idp=${this.idp}(?:&|$)`).test(to),
    )?.[1]
    assert.ok(link, page.text)
    const there = await this.follow(await this.get(bridge + link.replaceAll('&amp;', '&')))
    if (this.idp === 'wild') return there
    return this.follow(await this.submit(await this.submit(there, { username: name, password: name })))
  }
}

/** One provider speaks SAML and the other OpenID Connect; what the other one says of whom, a test decides. */
describe('requests where people come by two providers', () => {
  let stage: Stage
  let wild: WildProvider
  before(async () => {
    wild = await startWildProvider(() => stage.now())
    const entry = `  wild: { kind: oidc, issuer: '${wild.issuer}', clientId: bridge, clientSecret: 'a client secret' }\n`
    stage = await startStage({
      people: people.map((one) =>
        one.username === 'sam' ? { ...one, groups: ['sre', 'leads'], mfa: true } : one,
      ),
      config: (yaml) =>
        withRules(rulesWith('secondFactor: 15m\napprovals: 2'))(
          yaml.replace('identityProviders:\n', (line) => line + entry),
        ),
    })
  })
  after(async () => {
    await stage?.close()
    await wild?.close()
  })

  const seconds = () => Math.floor(stage.now() / 1000)
  /** Who the provider says is there next, and by what proof. */
  function comes(name: string, more: Record<string, unknown> = {}): void {
    wild.claims = {
      ...{ sub: `sub of ${name}`, preferred_username: name, groups: ['leads', 'sre'] },
      ...{ auth_time: seconds(), amr: ['pwd'], ...more },
    }
  }
  const someone = (name: string, idp: 'demo' | 'wild') => Someone.of(stage, name, undefined, new Chooser(idp))
  async function asked(idp: 'demo' | 'wild' = 'demo'): Promise<{ sam: Someone; id: string }> {
    const sam = await someone('sam', idp)
    return { sam, id: (await sam.ask()).body.id }
  }
  const press = (person: Person, page: Page, step: string) => {
    const at = page.text.split('<form').findIndex((text) => text.includes(`value="${step}"`)) - 1
    assert.ok(at >= 0, `no ${step}: ${page.text}`)
    return person.submit(page, { step }, at)
  }
  /** Presses the button that signs in: where it leads, and the page on which the person is back. */
  async function signInAgain(person: Person, page: Page): Promise<{ to: URL; back: Page }> {
    const away = await press(person, page, 'sign-in')
    const to = /url=(.+)$/.exec(away.headers.get('refresh') ?? '')?.[1]
    assert.ok(to, away.text)
    return { to: new URL(to), back: await person.follow(await person.get(to)) }
  }

  test('an approver without a fresh second factor signs in with one, lands on that very request, and allows it', async () => {
    const { sam, id } = await asked()
    const here = `${stage.url}/requests/${id}`
    const lea = new Chooser('wild')
    comes('lea')
    const page = await lea.signIn(stage.url, 'lea', '', `/requests/${id}`)
    assert.equal(page.url, here)
    assert.doesNotMatch(page.text, /Allow it</)
    // A provider that leaves the factor out, or does not say of when it is, has opened nothing; nor has somebody else.
    for (const [name, proof] of [
      ['lea', { amr: ['pwd'] }],
      ['lea', { amr: ['mfa'], auth_time: seconds() - 3600 }],
      ['lea', { amr: ['mfa'], auth_time: undefined }],
      ['lou', { amr: ['mfa'] }],
    ] as const) {
      comes(name, proof)
      assert.equal((await signInAgain(lea, page)).back.status, 403, JSON.stringify([name, proof]))
      assert.doesNotMatch((await lea.get(here)).text, /Allow it</)
    }
    comes('lea', { amr: ['mfa'] })
    const { to, back } = await signInAgain(lea, await lea.get(here))
    assert.deepEqual(
      [to.origin, to.searchParams.get('max_age'), to.searchParams.get('prompt')],
      [wild.issuer, '0', 'login'],
    )
    assert.equal(back.url, here)
    stage.advance(2)
    const sure = await press(lea, back, 'approve')
    assert.match(sure.text, /Are you sure\?/)
    stage.advance(2)
    assert.equal((await press(lea, sure, 'approve')).status, 303)
    const { approvals } = (await sam.api('GET', `/requests/${id}`)).body
    assert.deepEqual(
      (approvals as { user: string }[]).map(({ user }) => user),
      ['lea'],
    )
    await sam.step(id, 'withdraw')
  })

  /** As which the other provider may know whom the demo calls sam, sam@corp.example. */
  const spellings: Record<string, unknown>[] = [
    { preferred_username: 'sam' },
    { preferred_username: 'SAM@other.example' },
    { preferred_username: 'CORP\\Sam' },
    { preferred_username: 'u4711', email: 'Sam@Corp.example', email_verified: false },
    { preferred_username: 'u4711', email: 'sam+aws@corp.example' },
    { preferred_username: 'u4711', upn: 'sam@corp.example' },
    { preferred_username: 'sam_corp.example#EXT#@tenant.example' },
    { preferred_username: undefined, sub: 'sam' },
    { preferred_username: undefined, email: ' sam@corp.example ' },
    { preferred_username: 'ＳＡＭ' },
  ]

  test('nobody allows what they asked for by one provider with their account at the other, however it calls them', async () => {
    const { sam, id } = await asked()
    for (const claims of spellings) {
      comes('somebody', { amr: ['mfa'], ...claims })
      const other = await someone('somebody', 'wild')
      const refused = await other.step(id, 'approve')
      assert.deepEqual([refused.status, refused.body.code], [403, 'own_request'], JSON.stringify(claims))
      const seen = await other.api('GET', `/requests/${id}`)
      assert.deepEqual(seen.body.may, [], JSON.stringify(claims))
    }
    await sam.step(id, 'withdraw')
  })

  test('nor the other way round, and an approver counts once, by whichever provider', async () => {
    for (const claims of spellings.slice(3, 6)) {
      comes('sam', claims)
      const { sam, id } = await asked('wild')
      const own = await (await someone('sam', 'demo')).step(id, 'approve')
      assert.deepEqual([own.status, own.body.code], [403, 'own_request'], JSON.stringify(claims))
      const lena = await someone('lena', 'demo')
      assert.equal((await lena.step(id, 'approve')).body.state, 'requested')
      comes('lena', { amr: ['mfa'], email: 'Lena@corp.example', preferred_username: 'u1' })
      const again = await (await someone('lena', 'wild')).step(id, 'approve')
      assert.match(again.body.title, /You have allowed this request already/)
      await sam.step(id, 'withdraw')
    }
  })
})
