import assert from 'node:assert/strict'
import { createPublicKey } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { Refusal, refusals } from '../../src/core/index.ts'
import { judgeResponse } from '../../src/saml/judge/response.ts'
import { circumstances, trustedProvider } from './kit.ts'

const folder = join(import.meta.dirname, 'vectors')
const vectors = readdirSync(folder).filter((name) => name.endsWith('.xml'))
const key = createPublicKey(readFileSync(join(folder, 'idp.pem')))
const where = circumstances(trustedProvider({ keys: [key], user: { required: false, names: ['mail'] } }))

function judge(name: string) {
  return judgeResponse(readFileSync(join(folder, name)).toString('base64'), where)
}

/** What cannot be shown by one message that stands alone; each has its tests elsewhere. */
const needsMore = [
  'decryption_failed',
  'verifiers_disagree',
  'unsolicited',
  'replayed',
  'relay_state',
  'authn_too_old',
  'authn_context',
  'second_factor_missing',
]

describe('vectors', () => {
  test('there is one for every reason for which a response is refused', () => {
    const codes = Object.keys(refusals)
    const ofResponses = codes.slice(0, codes.indexOf('relay_state') + 1)
    const shown = new Set(vectors.map((name) => name.split('.')[1]))
    assert.deepEqual(
      ofResponses.filter((code) => !shown.has(code) && !needsMore.includes(code)),
      [],
    )
  })

  for (const name of vectors.filter((vector) => vector.startsWith('accept.'))) {
    test(`accepts ${name}`, () => {
      const { identity } = judge(name)
      assert.match(identity.nameId, /@corp\.example$/)
    })
  }
  for (const name of vectors.filter((vector) => vector.startsWith('refuse.'))) {
    const [, code] = name.split('.')
    test(`refuses ${name}`, () => {
      assert.throws(
        () => judge(name),
        (error) => {
          assert.ok(error instanceof Refusal, String(error))
          assert.equal(error.code, code, error.detail)
          return true
        },
      )
    })
  }

  test('reads non-ASCII text and references as the person wrote them', () => {
    const { identity } = judge('accept.non-ascii.xml')
    assert.equal(identity.nameId, 'zoë.müller@corp.example')
    assert.deepEqual(identity.attributes.name, ['Zoë 東京 𝒜 é 😀', 'a & b < c > d "e" \'f\''])
  })

  test('merges attributes of one name', () => {
    assert.deepEqual(judge('accept.one-attribute-element-per-value.xml').identity.attributes.groups, [
      'one',
      'two',
    ])
  })
})
