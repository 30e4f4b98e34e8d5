import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, beforeEach, describe, test } from 'node:test'
import { issuedSchema } from '../../src/app/schemas.ts'
import { createKeep } from '../../src/bridge/hand-out/keep.ts'
import type { Keep } from '../../src/bridge/parts.ts'
import type { Credentials, Identity, Session, Store } from '../../src/core/index.ts'
import { createCollections, openStore } from '../../src/store/index.ts'
import { fakeClock } from '../store/conformance.ts'

describe('credentials that only the bridge uses', () => {
  const { clock, advance } = fakeClock(1_000_000)
  let folder: string
  let store: Store
  /** Two nodes with one store. */
  let nodes: readonly [Keep, Keep]
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'rolebridge-keep-'))
    store = await openStore(`embedded:${folder}`, { clock })
    const node = () =>
      createKeep({
        clock,
        issued: createCollections(store, ['a secret of this test'], randomBytes)('issued', issuedSchema),
      })
    nodes = [node(), node()]
  })
  after(async () => {
    await store?.close()
    await rm(folder, { recursive: true, force: true })
  })

  let terms = 0
  let asked = 0
  let fault: Error | undefined
  beforeEach(() => {
    terms += 1
    asked = 0
    fault = undefined
  })
  const sts = async (): Promise<Credentials> => {
    asked += 1
    if (fault) throw fault
    return {
      accessKeyId: `ASIA${terms}N${asked}`,
      secretAccessKey: 'secret',
      sessionToken: 'session',
      expiresAt: clock() + 3600_000,
      principalArn: 'arn:aws:sts::111122223333:assumed-role/hub/alice',
      accountId: '111122223333',
      region: 'eu-west-1',
    }
  }
  const who = (more: Partial<Identity> = {}) =>
    ({ identity: { protocol: 'saml', issuer: 'https://idp.example', nameId: 'alice', ...more } }) as Session
  const keep = (refused?: Credentials, node = 0, session = who()) =>
    (nodes[node] as Keep)(session, terms, sts, refused)

  test('are fetched once for many, and are one person’s', async () => {
    const all = await Promise.all([keep(), keep(), keep()])
    assert.deepEqual([new Set(all.map(({ accessKeyId }) => accessKeyId)).size, asked], [1, 1])
    await keep(undefined, 1)
    assert.equal(asked, 1)
    for (const another of [{ nameId: 'bob' }, { issuer: 'x' }, { protocol: 'openid' as const }])
      await keep(undefined, 0, who(another))
    assert.equal(asked, 4)
  })

  test('are replaced when they are refused, once for all nodes', async () => {
    const first = await keep()
    advance(60_000)
    const others = await Promise.all([keep(first), keep(first), keep(first), keep(first)])
    assert.deepEqual(new Set(others.map(({ accessKeyId }) => accessKeyId)), new Set([`ASIA${terms}N2`]))
    assert.equal((await keep(first, 1)).accessKeyId, `ASIA${terms}N2`, 'the other node finds them')
    advance(60_000)
    assert.equal((await keep(first)).accessKeyId, `ASIA${terms}N2`, 'a late answer was about the first')
    assert.equal((await keep()).accessKeyId, `ASIA${terms}N2`)
    assert.equal(asked, 2)
  })

  test('are the same again within the minute in which they were fetched', async () => {
    const first = await keep()
    advance(59_999)
    assert.deepEqual(await keep(first), first)
    assert.equal(asked, 1)
    advance(1)
    assert.notDeepEqual(await keep(first), first)
  })

  test('are asked for once a minute while there are no others', async () => {
    const first = await keep()
    advance(60_000)
    fault = new Error('the hub is closed')
    await assert.rejects(keep(first), fault)
    for (const node of [0, 1]) assert.deepEqual(await keep(first, node), first)
    assert.equal(asked, 2)
    advance(60_000)
    fault = undefined
    assert.equal((await keep(first, 1)).accessKeyId, `ASIA${terms}N3`)
  })
})
