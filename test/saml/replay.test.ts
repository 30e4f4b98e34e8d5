import assert from 'node:assert/strict'
import { createPrivateKey, createPublicKey, randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { z } from 'zod'
import { type Collection, Refusal } from '../../src/core/index.ts'
import { createServiceProvider, type ServiceProvider } from '../../src/saml/index.ts'
import { selfSigned } from '../../src/saml/keys.ts'
import { logoutRequest } from '../../src/saml/logout-message.ts'
import { identityProviderOptions, samlOptions } from '../../src/saml/options.ts'
import { judgeResponse } from '../../src/saml/response.ts'
import { createCollections, openStore } from '../../src/store/index.ts'
import {
  at,
  circumstances,
  encode,
  idpEntityId,
  now,
  responseXml,
  sign,
  template,
  trustedProvider,
} from './kit.ts'

// A used answer must stay used for as long as it is valid on any clock: here the clock goes on while answers are on
// their way to the store.

const own = await selfSigned({ commonName: 'idp', days: 365, now })
const certificate = own.cert.replace(/-----[A-Z ]+-----|\s/g, '')
const metadata =
  `<md:EntityDescriptor xmlns:md="urn:oasis:names:tc:SAML:2.0:metadata" entityID="${idpEntityId}">` +
  '<md:IDPSSODescriptor protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol"><md:KeyDescriptor use="signing">' +
  `<ds:KeyInfo xmlns:ds="http://www.w3.org/2000/09/xmldsig#"><ds:X509Data><ds:X509Certificate>${certificate}</ds:X509Certificate></ds:X509Data></ds:KeyInfo></md:KeyDescriptor>` +
  '<md:SingleSignOnService Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect" Location="https://idp.corp.example/sso"/>' +
  '</md:IDPSSODescriptor></md:EntityDescriptor>'

const skew = 60_000
/** Both ends of the kit's message lie here. */
const end = now + 300_000
/** The last millisecond in which the message is taken. */
const last = end + skew - 1

let made = 0
/** A tile's answer, another one each time. */
function answer(): string {
  const plain = template()
  const key = createPrivateKey(own.key)
  const xml = responseXml(
    template({
      responseAttributes: { ...plain.responseAttributes, InResponseTo: undefined },
      assertionAttributes: { ...plain.assertionAttributes, ID: `_replay${made++}` },
      confirmation: plain.confirmation.replace(' InResponseTo="_request"', ''),
    }),
  )
  return encode(sign(xml, 'Assertion', { keys: { privateKey: key, publicKey: key } }))
}

describe('a used answer', () => {
  const folder = mkdtempSync(join(tmpdir(), 'rolebridge-replay-'))
  let time = now
  /** The clock goes on by this much after each look at it. */
  let step = 0
  let sp: ServiceProvider
  let close: () => Promise<void>
  before(async () => {
    const file = join(folder, 'idp.xml')
    writeFileSync(file, metadata)
    const clock = () => {
      time += step
      return time - step
    }
    const store = await openStore(`embedded:${join(folder, 'data')}`, { clock })
    const collections = createCollections(store, ['x'.repeat(32)], randomBytes)
    const collection = <T>(name: string): Collection<T> => collections(name, z.custom<T>())
    sp = createServiceProvider({
      baseUrl: 'https://aws.corp.example',
      saml: samlOptions.parse({}),
      decryption: [],
      providers: { test: identityProviderOptions.parse({ metadata: file, allowUnsolicited: true }) },
      extraAudiences: [],
      clock,
      random: randomBytes,
      fetch,
      pending: collection('request'),
      logouts: collection('logout'),
      replays: collection('replay'),
      copies: collection('metadata'),
      tell: () => {},
    })
    await sp.start()
    close = () => store.close()
  })
  after(async () => {
    sp.stop()
    await close()
    rmSync(folder, { recursive: true })
  })

  const outcomes = async (sent: readonly Promise<unknown>[]) =>
    (await Promise.allSettled(sent)).map((one) =>
      one.status === 'fulfilled' ? 'accepted' : one.reason instanceof Refusal ? one.reason.code : one.reason,
    )

  for (const [when, arrival] of [
    ['while it is fresh', now],
    ['in the last millisecond of its validity', last],
    ['a few milliseconds before that', last - 3],
  ] as const) {
    test(`opens one session, however many arrive at once ${when}`, async () => {
      time = arrival
      const samlResponse = answer()
      const sent = Array.from({ length: 20 }, () => sp.accept({ samlResponse }))
      // All were judged; now they wait for the store, and time goes by.
      time = last + 5
      const all = await outcomes(sent)
      assert.deepEqual(all.toSorted(), ['accepted', ...Array(19).fill('replayed')])
    })

    for (const milliseconds of [1, 5, 600_000]) {
      test(`is refused after it was used ${when}, though the store looks ${milliseconds} ms later`, async () => {
        const samlResponse = answer()
        time = arrival
        await sp.accept({ samlResponse })
        time = arrival
        step = milliseconds
        const again = await outcomes([sp.accept({ samlResponse })])
        step = 0
        assert.deepEqual(again, ['replayed'])
      })
    }
  }

  test('is expired one millisecond later', async () => {
    time = last + 1
    assert.deepEqual(await outcomes([sp.accept({ samlResponse: answer() })]), ['expired'])
  })

  test('is marked for its whole lifetime once more, in case the clock ran ahead and is put right', () => {
    const provider = trustedProvider({ keys: [createPublicKey(own.cert)] })
    const { replayableUntil } = judgeResponse(answer(), circumstances(provider, { now: last }))
    const lifetime = 305_000
    assert.equal(replayableUntil, last + lifetime + skew + 600_000)
  })

  test('a logout request is answered once in the last millisecond, too', async () => {
    time = now + 240_000 + 119_999
    const sloUrl = 'https://aws.corp.example/saml/slo'
    const envelope = { id: '_slo', now: now, entityId: idpEntityId, location: sloUrl, signing: own }
    const made = logoutRequest({ ...envelope, binding: 'post' }, { nameId: 'alice@corp.example' })
    assert.ok(made.binding === 'post')
    const arrival = { binding: 'post', kind: 'SAMLRequest', message: made.fields.SAMLRequest ?? '' } as const
    const sent = Array.from({ length: 5 }, () => sp.acceptLogout(arrival))
    time += 5
    const all = await outcomes(sent)
    assert.deepEqual(all.toSorted(), ['accepted', ...Array(4).fill('replayed')])
  })
})

test('the template of these tests ends where they say', () => {
  assert.equal(Date.parse(at(300)), end)
})
