import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { deflateRawSync } from 'node:zlib'
import samlify from 'samlify'
import { createResponse } from '../../src/demo/idp/response.ts'
import {
  addRole,
  createDemoIdp,
  createLocalSts,
  type DemoPerson,
  demoAws,
  demoPeople,
  type KeyPair,
  listenOnLoopback,
  type ResponseOptions,
  selfSigned,
} from '../../src/demo/index.ts'
import { verifiedElement } from '../../src/demo/sts/saml/signature.ts'
import {
  childrenOf,
  type Element,
  everyElement,
  ns,
  onlyChild,
  parseXml,
} from '../../src/demo/sts/saml/xml.ts'
import { closeServer, start } from './aws-world.ts'

const sp = { entityId: 'https://sp.test/metadata', acsUrl: 'https://sp.test/acs' }
const tricky: DemoPerson = {
  username: 'eve',
  password: 'different',
  displayName: `Eve "<&>' {ID} É`,
  email: 'eve@corp.example',
  department: '{AttributeStatement}',
  groups: ['one & two', '<three>'],
  mfa: false,
  attributes: { employeeType: ['contractor'] },
}

let idp: { url: string; close: () => void }
let keys: KeyPair
let now = start
const response: ResponseOptions = {}

before(async () => {
  keys = await selfSigned({ commonName: 'idp', days: 10, now: start })
  let app: ReturnType<typeof createDemoIdp> | undefined
  const { server, url } = await listenOnLoopback((request, answer) => app?.(request, answer), 0)
  const people = [...demoPeople, tricky]
  app = createDemoIdp({ baseUrl: url, people, ...keys, clock: () => now, sp, response })
  idp = { url, close: () => closeServer(server) }
})
after(() => idp.close())

interface Browser {
  get(path: string): Promise<Response>
  post(path: string, fields: Record<string, string>): Promise<Response>
}

function browser(): Browser {
  let cookie = ''
  const go = async (path: string, init: RequestInit) => {
    const answer = await fetch(idp.url + path, { ...init, headers: { cookie }, redirect: 'manual' })
    cookie = answer.headers.get('set-cookie')?.split(';')[0] ?? cookie
    return answer
  }
  return {
    get: (path) => go(path, {}),
    post: (path, fields) => go(path, { method: 'POST', body: new URLSearchParams(fields) }),
  }
}

const field = (markup: string, name: string) =>
  new RegExp(`name="${name}" value="([^"]*)"`)
    .exec(markup)?.[1]
    ?.replace(/&lt;/g, '<')
    .replace(/&quot;/g, '"')
    .replace(/&amp;/g, '&')

async function signIn(user: Browser, path: string, username: string, password = username) {
  const form = await (await user.get(path)).text()
  const page = await user.post('/login', { flow: field(form, 'flow') ?? '', username, password })
  return page.text()
}

/** Verifies the response as a service provider would, with every signature, and returns its parts. */
function opened(markup: string) {
  const xml = Buffer.from(field(markup, 'SAMLResponse') ?? '', 'base64').toString('utf8')
  const root = parseXml(xml)
  const assertion = onlyChild(root, ns.assertion, 'Assertion')
  assert.ok(assertion, markup)
  const verified = (signed: Element, path: string[]) => {
    const signature = onlyChild(signed, ns.signature, 'Signature')
    return signature && verifiedElement(xml, signed, signature, path, [keys.cert])
  }
  const attributes: Record<string, string[]> = {}
  for (const one of everyElement(assertion)) {
    if (one.name !== 'Attribute') continue
    const values = childrenOf(one, ns.assertion, 'AttributeValue').map(({ text }) => text)
    attributes[one.attributes.get('Name') ?? ''] = values
  }
  const find = (name: string) => [...everyElement(root)].find((one) => one.name === name)
  return {
    xml,
    root,
    attributes,
    find,
    signed: {
      response: verified(root, ['Response']) !== undefined,
      assertion: verified(assertion, ['Response', 'Assertion']) !== undefined,
    },
  }
}

function authnRequest(
  more: { forceAuthn?: boolean; issuer?: string; acs?: string; destination?: string } = {},
) {
  return (
    '<samlp:AuthnRequest xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol" xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion"' +
    ` ID="_request1" Version="2.0" IssueInstant="2026-03-02T09:00:00Z" Destination="${more.destination ?? `${idp.url}/sso`}"` +
    ` AssertionConsumerServiceURL="${more.acs ?? sp.acsUrl}"${more.forceAuthn ? ' ForceAuthn="true"' : ''}>` +
    `<saml:Issuer>${more.issuer ?? sp.entityId}</saml:Issuer></samlp:AuthnRequest>`
  )
}

const redirect = (xml: string, relayState = 'state&1') =>
  `/sso?${new URLSearchParams({ SAMLRequest: deflateRawSync(xml).toString('base64'), RelayState: relayState })}`

describe('The demo identity provider', () => {
  it('publishes metadata that samlify reads', async () => {
    const { entityMeta } = samlify.IdentityProvider({
      metadata: await (await fetch(`${idp.url}/metadata`)).text(),
    })
    assert.equal(entityMeta.getEntityID(), `${idp.url}/metadata`)
    assert.equal(entityMeta.getSingleSignOnService('redirect'), `${idp.url}/sso`)
    assert.equal(entityMeta.getSingleSignOnService('post'), `${idp.url}/sso`)
  })

  it('answers an AuthnRequest after the login form, with all that the profile wants', async () => {
    const page = await signIn(browser(), redirect(authnRequest()), 'alice')
    assert.equal(/<form method="post" action="([^"]*)"/.exec(page)?.[1], sp.acsUrl)
    assert.equal(field(page, 'RelayState'), 'state&1')
    const { root, attributes, find, signed } = opened(page)
    assert.deepEqual(signed, { response: true, assertion: true })
    assert.equal(root.attributes.get('InResponseTo'), '_request1')
    assert.equal(root.attributes.get('Destination'), sp.acsUrl)
    const data = find('SubjectConfirmationData')?.attributes
    assert.equal(data?.get('Recipient'), sp.acsUrl)
    assert.equal(data?.get('InResponseTo'), '_request1')
    assert.equal(data?.get('NotOnOrAfter'), '2026-03-02T09:05:00.000Z')
    assert.equal(find('Audience')?.text, sp.entityId)
    assert.equal(find('NameID')?.text, 'alice@corp.example')
    assert.equal(find('AuthnContextClassRef')?.text, 'https://refeds.org/profile/mfa')
    assert.match(find('AuthnStatement')?.attributes.get('SessionIndex') ?? '', /^_\w+$/)
    assert.deepEqual(attributes.groups, [
      'aws-111122223333-Admin',
      'aws-444455556666-ReadOnly',
      'platform-admins',
    ])
    assert.deepEqual(attributes.department, ['Platform'])
  })

  it('takes the POST binding too', async () => {
    const user = browser()
    const SAMLRequest = Buffer.from(authnRequest()).toString('base64')
    const form = await (await user.post('/sso', { SAMLRequest, RelayState: 'r' })).text()
    const flow = field(form, 'flow') ?? ''
    const page = await (await user.post('/login', { flow, username: 'bob', password: 'bob' })).text()
    const { root, find } = opened(page)
    assert.equal(root.attributes.get('InResponseTo'), '_request1')
    assert.match(find('AuthnContextClassRef')?.text ?? '', /PasswordProtectedTransport$/)
  })

  it('starts an unsolicited sign-in from the tile', async () => {
    const front = await (await fetch(idp.url)).text()
    assert.match(front, /<a class="tile" href="\/tile" id="app-tile">/)
    for (const { username } of demoPeople) assert.ok(front.includes(`<code>${username}</code>`))
    const page = await signIn(browser(), '/tile?RelayState=%2Fconsole', 'dave')
    const { xml } = opened(page)
    assert.ok(!xml.includes('InResponseTo'))
    assert.equal(field(page, 'RelayState'), '/console')
  })

  it('shows the form again after a wrong password, and never a response', async () => {
    const user = browser()
    const form = await (await user.get('/tile')).text()
    const flow = field(form, 'flow') ?? ''
    for (const [username, password] of [
      ['alice', 'bob'],
      ['nobody', ''],
      ['nobody', 'nobody'],
      ['', ''],
    ]) {
      const answer = await user.post('/login', { flow, username: username ?? '', password: password ?? '' })
      const markup = await answer.text()
      assert.equal(answer.status, 401)
      assert.match(markup, /role="alert"/)
      assert.ok(!markup.includes('SAMLResponse'))
    }
    const retry = await user.post('/login', { flow, username: 'alice', password: 'alice' })
    assert.equal(field(await retry.text(), 'RelayState'), undefined)
    const again = await user.post('/login', { flow, username: 'alice', password: 'alice' })
    assert.equal(again.status, 400, 'a form is good for one sign-in')
  })

  it('remembers the person, asks again when ForceAuthn says so, and forgets on logout', async () => {
    const user = browser()
    const first = opened(await signIn(user, '/tile', 'alice')).find('AuthnStatement')?.attributes
    now += 60_000
    const second = await (await user.get(redirect(authnRequest()))).text()
    const statement = opened(second).find('AuthnStatement')?.attributes
    assert.equal(statement?.get('AuthnInstant'), first?.get('AuthnInstant'))
    assert.equal(statement?.get('SessionIndex'), first?.get('SessionIndex'))
    const forced = await (await user.get(redirect(authnRequest({ forceAuthn: true })))).text()
    assert.match(forced, /name="password"/)
    await user.get('/logout')
    assert.match(await (await user.get('/tile')).text(), /name="password"/)
    now = start
  })

  it('refuses requests of, or for, anybody else', async () => {
    for (const wrong of [
      authnRequest({ issuer: 'https://other.test' }),
      authnRequest({ acs: 'https://other.test/acs' }),
      authnRequest({ destination: 'https://other.test/sso' }),
      `<!DOCTYPE x>${authnRequest()}`,
      'nothing',
    ]) {
      assert.equal((await browser().get(redirect(wrong))).status, 400, wrong)
    }
    assert.equal((await browser().get('/sso')).status, 400)
    assert.equal((await browser().get('/sso?SAMLRequest=a&SAMLRequest=b')).status, 400)
  })

  it('escapes every value', async () => {
    const { attributes, signed } = opened(await signIn(browser(), '/tile', 'eve', 'different'))
    assert.deepEqual(signed, { response: true, assertion: true })
    assert.deepEqual(attributes.displayName, [tricky.displayName])
    assert.deepEqual(attributes.department, [tricky.department])
    assert.deepEqual(attributes.groups, tricky.groups)
    assert.deepEqual(attributes.employeeType, ['contractor'])
  })

  it('signs what it is told to sign, for whom it is told', async () => {
    const with_ = async (options: ResponseOptions) => {
      Object.assign(response, options)
      try {
        return await signIn(browser(), '/tile', 'bob')
      } finally {
        for (const name of Object.keys(options)) delete response[name as keyof ResponseOptions]
      }
    }
    assert.deepEqual(opened(await with_({ signResponse: false })).signed, {
      response: false,
      assertion: true,
    })
    assert.deepEqual(opened(await with_({ signAssertion: false })).signed, {
      response: true,
      assertion: false,
    })
    const unsigned = opened(await with_({ signAssertion: false, signResponse: false }))
    assert.deepEqual(unsigned.signed, { response: false, assertion: false })
    assert.equal(opened(await with_({ audience: ['urn:x'] })).find('Audience')?.text, 'urn:x')
    assert.deepEqual(opened(await with_({ attributes: { groups: ['a'] } })).attributes.groups, ['a'])
  })

  it('serves pages under a strict policy, with style and script as files', async () => {
    const answer = await browser().get('/')
    assert.match(answer.headers.get('content-security-policy') ?? '', /script-src 'self'/)
    const page = await signIn(browser(), '/tile', 'bob')
    assert.match(page, /<script src="\/auto-post.js" defer><\/script>/)
    assert.match(page, /<noscript><button/)
    assert.match((await browser().get('/auto-post.js')).headers.get('content-type') ?? '', /javascript/)
    assert.match((await browser().get('/demo.css')).headers.get('content-type') ?? '', /css/)
  })
})

describe('For a service provider with an encryption key, the demo identity provider', () => {
  it('encrypts the signed assertion and then signs the response', async () => {
    const decryption = await selfSigned({ commonName: 'sp', days: 10, now: start })
    const person = demoPeople[0]
    assert.ok(person)
    const { samlResponse } = await createResponse(
      {
        baseUrl: 'https://idp.test',
        ...keys,
        clock: () => start,
        sp: { ...sp, encryptionCert: decryption.cert },
        response: { encrypt: true },
      },
      { person, authnInstant: start, sessionIndex: '_1', mfa: person.mfa },
    )
    const xml = Buffer.from(samlResponse, 'base64').toString('utf8')
    const root = parseXml(xml)
    const names = [...everyElement(root)].map((element) => element.name)
    assert.ok(names.includes('EncryptedAssertion') && !names.includes('Assertion'))
    assert.match(xml, /xmlenc11#aes256-gcm/)
    assert.match(xml, /rsa-oaep-mgf1p/)
    const signature = onlyChild(root, ns.signature, 'Signature')
    assert.ok(signature && verifiedElement(xml, root, signature, ['Response'], [keys.cert]))
    const reader = samlify.ServiceProvider({ entityID: sp.entityId, encPrivateKey: decryption.key })
    const [plain] = await samlify.SamlLib.decryptAssertion(reader, xml)
    const assertion = onlyChild(parseXml(plain), ns.assertion, 'Assertion')
    assert.ok(assertion && onlyChild(assertion, ns.signature, 'Signature'))
  })
})

describe('In pass-through, the demo identity provider', () => {
  it('signs people straight into a role of the local STS', async () => {
    let app: ReturnType<typeof createDemoIdp> | undefined
    const late = await listenOnLoopback((request, answer) => app?.(request, answer), 0)
    const metadata = async () => (await fetch(`${late.url}/metadata`)).text()
    const spMetadata = `<EntityDescriptor xmlns="urn:oasis:names:tc:SAML:2.0:metadata" entityID="${sp.entityId}"><SPSSODescriptor protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol"><AssertionConsumerService Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST" Location="${sp.acsUrl}" index="0"/></SPSSODescriptor></EntityDescriptor>`
    app = createDemoIdp({
      baseUrl: late.url,
      ...keys,
      clock: () => now,
      sp: { metadata: async () => spMetadata },
      response: { passthrough: { sessionDuration: 1800 } },
    })
    const state = demoAws({ passthrough: { metadata, acsUrl: sp.acsUrl } })
    addRole(state, {
      arn: 'arn:aws:iam::111122223333:role/Other',
      trustPolicy: '{}',
      maxSessionDuration: 3600,
    })
    const sts = createLocalSts({ baseUrl: 'http://localhost', clock: () => now, state })
    const aws = await listenOnLoopback(sts.app, 0)
    const outer = idp
    idp = { url: late.url, close: () => undefined }
    try {
      const page = await signIn(browser(), '/tile', 'alice')
      const body = new URLSearchParams({
        Action: 'AssumeRoleWithSAML',
        Version: '2011-06-15',
        RoleArn: 'arn:aws:iam::111122223333:role/Admin',
        PrincipalArn: 'arn:aws:iam::111122223333:saml-provider/demo-idp',
        SAMLAssertion: field(page, 'SAMLResponse') ?? '',
      })
      const answer = await (await fetch(aws.url, { method: 'POST', body })).text()
      assert.match(answer, /<Arn>arn:aws:sts::111122223333:assumed-role\/Admin\/alice<\/Arn>/)
      assert.match(answer, /<Expiration>2026-03-02T09:30:00Z<\/Expiration>/)
      assert.match(answer, new RegExp(`<Audience>${sp.acsUrl}</Audience>`))
    } finally {
      idp = outer
      closeServer(late.server)
      closeServer(aws.server)
    }
  })
})
