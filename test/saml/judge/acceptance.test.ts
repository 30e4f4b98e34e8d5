import assert from 'node:assert/strict'
import { createHash, randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { z } from 'zod'
import { Refusal, type RefusalCode } from '../../../src/core/index.ts'
import {
  acceptUnsolicited,
  consumeRequest,
  type Memory,
  markUsed,
  type PendingRequest,
} from '../../../src/saml/judge/acceptance.ts'
import { judgeResponse } from '../../../src/saml/judge/response.ts'
import { identityProviderOptions } from '../../../src/saml/options.ts'
import { createCollections, openStore } from '../../../src/store/index.ts'
import { circumstances, now, signedResponse, spEntityId, trustedProvider } from '../kit.ts'

// What one message cannot prove by itself: that we asked, that this browser asked, and that it is the first time.

const hash = (text: string) => createHash('sha256').update(text).digest('base64url')
const judgement = judgeResponse(signedResponse(), circumstances())
const browser = { relayState: 'relay', browserKey: 'cookie' }
const waiting: PendingRequest = {
  provider: 'test',
  returnTo: '/console',
  relayState: 'relay',
  browser: hash('cookie'),
  forceAuthn: false,
  createdAt: now - 60_000,
}

describe('acceptance', () => {
  const folder = mkdtempSync(join(tmpdir(), 'rolebridge-acceptance-'))
  let memory: Memory
  let close: () => Promise<void>
  before(async () => {
    const store = await openStore(`embedded:${join(folder, 'data')}`, { clock: () => now })
    const collection = createCollections(store, ['x'.repeat(32)], randomBytes)
    const pending = collection('request', z.custom<PendingRequest>())
    memory = { pending, replays: collection('replay', z.custom<{ usedAt: number }>()), now, skew: 60_000 }
    close = () => store.close()
  })
  after(async () => {
    await close()
    rmSync(folder, { recursive: true })
  })

  /** One request waits, and is answered. */
  async function answer(
    change: Partial<PendingRequest> = {},
    from: typeof browser | { browserKey?: string } = browser,
  ) {
    const id = randomBytes(8).toString('hex')
    await memory.pending.put(id, { ...waiting, ...change }, now + 60_000)
    const { returnTo } = await consumeRequest(id, judgement, from, memory)
    return { id, returnTo }
  }
  const refuses = (run: () => Promise<unknown>, code: RefusalCode) =>
    assert.rejects(run, (error) => {
      assert.ok(error instanceof Refusal, String(error))
      assert.equal(error.code, code, error.detail)
      return true
    })

  test('a request is answered once', async () => {
    const { id, returnTo } = await answer()
    assert.equal(returnTo, '/console')
    await refuses(() => consumeRequest(id, judgement, browser, memory), 'in_response_to_mismatch')
  })

  test('of parallel answers one counts', async () => {
    await memory.pending.put('parallel', waiting, now + 60_000)
    const all = await Promise.allSettled(
      Array.from({ length: 20 }, () => consumeRequest('parallel', judgement, browser, memory)),
    )
    assert.equal(all.filter(({ status }) => status === 'fulfilled').length, 1)
  })

  test('an answer nobody asked for in our name is refused', () =>
    refuses(() => consumeRequest('never', judgement, browser, memory), 'in_response_to_mismatch'))

  test('another provider may not answer', () =>
    refuses(() => answer({ provider: 'okta' }), 'in_response_to_mismatch'))

  test('another browser, or one without the cookie, may not answer', async () => {
    await refuses(() => answer({ browser: hash('else') }), 'in_response_to_mismatch')
    await refuses(() => answer({}, { relayState: 'relay' } as typeof browser), 'in_response_to_mismatch')
  })

  test('a wrong browser does not use the request up', async () => {
    await memory.pending.put('kept', waiting, now + 60_000)
    await refuses(
      () => consumeRequest('kept', judgement, { browserKey: 'else' }, memory),
      'in_response_to_mismatch',
    )
    assert.equal((await consumeRequest('kept', judgement, browser, memory)).returnTo, '/console')
  })

  test('RelayState is that of the request, or left out', async () => {
    await refuses(() => answer({ relayState: 'other' }), 'relay_state')
    assert.equal((await answer({}, { browserKey: 'cookie' })).returnTo, '/console')
  })

  test('a fresh authentication that was asked for must have been made', async () => {
    assert.equal((await answer({ forceAuthn: true, createdAt: now - 60_000 })).returnTo, '/console')
    await refuses(() => answer({ forceAuthn: true, createdAt: now + 60_000 }), 'authn_too_old')
  })

  test('an assertion opens one session, however many arrive at once', async () => {
    const all = await Promise.allSettled(Array.from({ length: 20 }, () => markUsed(judgement, memory)))
    assert.equal(all.filter(({ status }) => status === 'fulfilled').length, 1)
    await refuses(() => markUsed(judgement, memory), 'replayed')
  })

  test('an unsolicited response needs leave, and leads only where it may', async () => {
    const configured = {
      test: identityProviderOptions.parse({ metadata: 'x', unsolicitedTargets: ['/console'] }),
    }
    const accept = async (relayState?: string, provider = judgement.provider) =>
      acceptUnsolicited({ ...judgement, provider }, relayState, configured, spEntityId)
    await refuses(() => accept('', trustedProvider({ allowUnsolicited: false })), 'unsolicited')
    assert.equal(await accept(), '/')
    assert.equal(await accept('/console?x=1'), '/console?x=1')
    assert.equal(await accept(`RPID=${encodeURIComponent(spEntityId)}&RelayState=%2Fconsole`), '/console')
    for (const evil of [
      '//evil.example',
      'https://evil.example',
      '/\\evil',
      '/other',
      'javascript:alert(1)',
      '/console\n',
      `RPID=other&RelayState=%2Fconsole`,
      `RPID=${encodeURIComponent(spEntityId)}&RelayState=%2F%2Fevil.example`,
    ]) {
      await refuses(() => accept(evil), 'relay_state')
    }
  })

  test('the target of an unsolicited response is judged as the browser will ask for it, by whole segments', async () => {
    const configured = {
      test: identityProviderOptions.parse({ metadata: 'x', unsolicitedTargets: ['/explain', '/a/b'] }),
    }
    const accept = async (relayState: string) =>
      acceptUnsolicited(judgement, relayState, configured, spEntityId)
    const rpid = `RPID=${encodeURIComponent(spEntityId)}&RelayState=`
    assert.equal(await accept('/explain'), '/explain')
    assert.equal(await accept('/explain?role=a#b'), '/explain?role=a#b')
    assert.equal(await accept('/console/../explain/./x?to=/../y'), '/explain/x?to=/../y')
    assert.equal(await accept('/a/b/c'), '/a/b/c')
    for (const evil of [
      '/explain/../console?account_id=1',
      '/explain/%2e%2e/console?account_id=1',
      '/explain/%2E./console',
      '/explain/.%2e/console',
      '/explain/..%2fconsole',
      '/explain%2f..%2fconsole',
      '/explain/..%5cconsole',
      '/explain/%252e%252e/console',
      '/explain/..',
      '/explain/%00',
      '/explainX',
      '/explain%20',
      '/Explain/../console',
      '/ex/../console',
      '/a',
      '/a/bc',
      '/a/b/../c',
      `${rpid}${encodeURIComponent('/explain/../console')}`,
      `${rpid}${encodeURIComponent('/explain/%2e%2e/console')}`,
    ]) {
      await refuses(() => accept(evil), 'relay_state')
    }
  })
})
