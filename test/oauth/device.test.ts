import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { createOAuth } from '../../src/oauth/index.ts'
import { asked, client, context, oauthRoom } from './room.ts'

const program = client('one')

describe('a waiting device', () => {
  let room: Awaited<ReturnType<typeof oauthRoom>>
  before(async () => {
    room = await oauthRoom()
  })
  after(() => room.close())

  const start = (more = {}, by = program) => room.oauth.startDeviceAuthorization(by, { ...asked, ...more })
  const poll = (code: string, by = program) =>
    room.oauth.pollDevice(by, code, context).then(
      () => 'tokens',
      (error: { oauth?: string }) => error.oauth ?? error,
    )
  const decider = async (name?: string) => ({ session: await room.browser(name), by: 'form' as const })

  test('gets tokens once, after a person let it in', async () => {
    const { deviceCode, userCode } = await start({ role: 'Admin' })
    assert.equal(await poll(deviceCode), 'authorization_pending')
    const alice = await decider()
    assert.equal((await room.oauth.approveDevice(userCode, alice, context))?.decided, true)
    const { session } = await room.oauth.pollDevice(program, deviceCode, context)
    assert.deepEqual(
      [session.identity.user, session.parent, session.only],
      ['alice', alice.session.id, { role: 'Admin' }],
    )
    assert.equal(await poll(deviceCode), 'invalid_grant')
  })

  test('gets them once however many ask at once', async () => {
    const { deviceCode, userCode } = await start()
    await room.oauth.approveDevice(userCode, await decider(), context)
    const all = await Promise.all(Array.from({ length: 20 }, () => poll(deviceCode)))
    assert.equal(all.filter((one) => one === 'tokens').length, 1)
  })

  test('that was sent away stays away, and a second decision changes nothing', async () => {
    const { deviceCode, userCode } = await start()
    const alice = await decider()
    assert.equal((await room.oauth.denyDevice(userCode, alice, context))?.decided, true)
    const again = await room.oauth.approveDevice(userCode, alice, context)
    assert.deepEqual([again?.decided, again?.request.state], [false, 'denied'])
    assert.equal(await poll(deviceCode), 'access_denied')
  })

  test('of two decisions at once hears one', async () => {
    const { userCode } = await start()
    const all = await Promise.all(
      [1, 2, 3, 4].map(async () => room.oauth.approveDevice(userCode, await decider(), context)),
    )
    assert.equal(all.filter((one) => one?.decided).length, 1)
  })

  test('is let in only after that was written down, and can be decided again when it could not be', async () => {
    const { deviceCode, userCode } = await start()
    const alice = await decider()
    let meanwhile: unknown
    const oauth = createOAuth({
      ...room.parts,
      tell: async () => {
        meanwhile = await poll(deviceCode)
        throw new Error('the trail is full')
      },
    })
    await assert.rejects(oauth.approveDevice(userCode, alice, context), /the trail is full/)
    assert.equal(meanwhile, 'authorization_pending')
    assert.equal((await room.oauth.findDevice(userCode, alice))?.state, 'waiting')
    assert.equal((await room.oauth.approveDevice(userCode, alice, context))?.decided, true)
  })

  test('is another client’s business', async () => {
    const { deviceCode, userCode } = await start()
    await room.oauth.approveDevice(userCode, await decider(), context)
    assert.equal(await poll(deviceCode, client('two')), 'invalid_grant')
    assert.equal(await poll(deviceCode), 'tokens')
  })

  test('waits ten minutes, for the program and for the person', async () => {
    const { deviceCode, userCode } = await start()
    const [other, alice] = [await start(), await decider()]
    await room.oauth.approveDevice(other.userCode, alice, context)
    room.advance(599_999)
    assert.equal((await room.oauth.findDevice(userCode, alice))?.state, 'waiting')
    room.advance(1)
    assert.equal((await room.oauth.findDevice(userCode, alice))?.state, 'expired')
    assert.equal((await room.oauth.approveDevice(userCode, alice, context))?.decided, false)
    assert.equal(await poll(deviceCode), 'expired_token')
    assert.equal(await poll(other.deviceCode), 'expired_token', 'an approval that nobody fetched ends too')
  })

  test('comes to nothing when the person has signed out since', async () => {
    const { deviceCode, userCode } = await start()
    const alice = await decider()
    await room.oauth.approveDevice(userCode, alice, context)
    await room.endSession(alice.session.id, 'user', context)
    assert.equal(await poll(deviceCode), 'access_denied')
  })

  test('that polls too fast waits five seconds more each time, a minute at most', async () => {
    const { deviceCode } = await start()
    assert.equal(await poll(deviceCode), 'authorization_pending')
    room.advance(4749)
    assert.equal(await poll(deviceCode), 'slow_down')
    room.advance(9749)
    assert.equal(await poll(deviceCode), 'slow_down', 'five seconds more')
    room.advance(14_750)
    assert.equal(await poll(deviceCode), 'authorization_pending', 'a network may take a quarter of a second')
    for (let times = 0; times < 30; times++) assert.equal(await poll(deviceCode), 'slow_down')
    room.advance(60_000)
    assert.equal(await poll(deviceCode), 'authorization_pending')
  })

  test('of a client that asks twice at first is not slowed down by that', async () => {
    const hasty = { ...program, asksTwice: true }
    const { deviceCode } = await start({}, hasty)
    assert.equal(await poll(deviceCode, hasty), 'authorization_pending')
    assert.equal(await poll(deviceCode, hasty), 'authorization_pending')
    assert.equal(await poll(deviceCode, hasty), 'slow_down')
  })

  test('never gets a user code that another holds', async () => {
    const taken = await start()
    const scarce = createOAuth({ ...room.parts, random: (size) => Buffer.alloc(size, 7) })
    const first = await scarce.startDeviceAuthorization(program, asked)
    assert.notEqual(first.userCode, taken.userCode)
    const { userCodes } = room.parts
    assert.equal(await userCodes.get(first.userCode), undefined, 'the store does not learn it')
    await assert.rejects(scarce.startDeviceAuthorization(program, asked), /no free user code/)
  })

  test('needs a secret, by which its code is kept', () => {
    assert.throws(() => createOAuth({ ...room.parts, secrets: [] }), TypeError)
  })

  test('is found by its code, however it is typed, and wrong ones are counted', async () => {
    const { userCode } = await start()
    const alice = await decider('careless')
    assert.ok(await room.oauth.findDevice(` ${userCode.toLowerCase().replace('-', ' ')}`, alice))
    for (let n = 0; n < 20; n++) assert.equal(await room.oauth.findDevice('no code', alice), undefined)
    for (let n = 0; n < 10; n++) await room.oauth.findDevice('BBBB-BBBB', alice)
    await assert.rejects(room.oauth.findDevice(userCode, alice), { code: 'too_many_requests' })
    assert.ok(await room.oauth.findDevice(userCode, await decider()))
  })
})
