import assert from 'node:assert/strict'
import { createPublicKey } from 'node:crypto'
import { after, before, describe, test } from 'node:test'
import { Refusal } from '../../../src/core/index.ts'
import { judgeResponse } from '../../../src/saml/judge/response.ts'
import { logoutRequest } from '../../../src/saml/logout/logout-message.ts'
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
} from '../kit.ts'
import { own, ownKeys, type Provider, startProvider } from '../provider.ts'

// A used answer must stay used for as long as it is valid on any clock: here the clock goes on while answers are on
// their way to the store.

const skew = 60_000
/** Both ends of the kit's message lie here. */
const end = now + 300_000
/** The last millisecond in which the message is taken. */
const last = end + skew - 1

let made = 0
/** A tile's answer, another one each time. */
function answer(): string {
  const plain = template()
  const xml = responseXml(
    template({
      responseAttributes: { ...plain.responseAttributes, InResponseTo: undefined },
      assertionAttributes: { ...plain.assertionAttributes, ID: `_replay${made++}` },
      confirmation: plain.confirmation.replace(' InResponseTo="_request"', ''),
    }),
  )
  return encode(sign(xml, 'Assertion', { keys: ownKeys }))
}

describe('a used answer', () => {
  let sp: Provider['sp']
  let clock: Provider['clock']
  let close: Provider['close']
  before(async () => {
    ;({ sp, clock, close } = await startProvider())
  })
  after(() => close())

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
      clock.time = arrival
      const samlResponse = answer()
      const sent = Array.from({ length: 20 }, () => sp.accept({ samlResponse }))
      // All were judged; now they wait for the store, and time goes by.
      clock.time = last + 5
      const all = await outcomes(sent)
      assert.deepEqual(all.toSorted(), ['accepted', ...Array(19).fill('replayed')])
    })

    for (const milliseconds of [1, 5, 600_000]) {
      test(`is refused after it was used ${when}, though the store looks ${milliseconds} ms later`, async () => {
        const samlResponse = answer()
        clock.time = arrival
        await sp.accept({ samlResponse })
        clock.time = arrival
        clock.step = milliseconds
        const again = await outcomes([sp.accept({ samlResponse })])
        clock.step = 0
        assert.deepEqual(again, ['replayed'])
      })
    }
  }

  test('is expired one millisecond later', async () => {
    clock.time = last + 1
    assert.deepEqual(await outcomes([sp.accept({ samlResponse: answer() })]), ['expired'])
  })

  test('is marked for its whole lifetime once more, in case the clock ran ahead and is put right', () => {
    const provider = trustedProvider({ keys: [createPublicKey(own.cert)] })
    const { replayableUntil } = judgeResponse(answer(), circumstances(provider, { now: last }))
    const lifetime = 305_000
    assert.equal(replayableUntil, last + lifetime + skew + 600_000)
  })

  test('a logout request is answered once in the last millisecond, too', async () => {
    clock.time = now + 240_000 + 119_999
    const sloUrl = 'https://aws.corp.example/saml/slo'
    const envelope = { id: '_slo', now: now, entityId: idpEntityId, location: sloUrl, signing: own }
    const made = logoutRequest({ ...envelope, binding: 'post' }, { nameId: 'alice@corp.example' })
    assert.ok(made.binding === 'post')
    const arrival = { binding: 'post', kind: 'SAMLRequest', message: made.fields.SAMLRequest ?? '' } as const
    const sent = Array.from({ length: 5 }, () => sp.acceptLogout(arrival))
    clock.time += 5
    const all = await outcomes(sent)
    assert.deepEqual(all.toSorted(), ['accepted', ...Array(4).fill('replayed')])
  })
})

test('the template of these tests ends where they say', () => {
  assert.equal(Date.parse(at(300)), end)
})
