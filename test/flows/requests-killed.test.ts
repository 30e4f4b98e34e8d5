import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { type OwnProcess, startProcess } from '../own-process.ts'
import { somebody, withRules } from '../stage.ts'
import { type Held, startHoldingProxy } from '../store/holding-proxy.ts'
import { startRedis } from '../store/redis-server.ts'
import { Someone } from './requests-stage.ts'
import { until } from './until.ts'

const needed = 2
const names = Array.from({ length: 10 }, (_, index) => `lead${index}`)
const people = [somebody('sam', 'sre'), ...names.map((name) => somebody(name, 'leads'))]
/** `Admin` is a role of the local AWS; the others are only asked for. */
const rules = withRules(`rules:
  - id: on-request
    match: { groups: '^sre$' }
    grant: { accounts: [production], roles: [Admin, One, Two, Three, Four, Five] }
    request: { approvers: { groups: '^leads$' }, approvals: ${needed} }
`)

/** The bridge in a process of its own, and who works with it. */
async function startKillable(store = (yaml: string) => yaml) {
  const bridge = await startProcess({ people, config: (yaml) => store(rules(yaml)) })
  const look = () => pause(1100)
  const [sam, ...leads] = await Promise.all(['sam', ...names].map((name) => Someone.of(bridge, name, look)))
  assert.ok(sam)
  return { bridge, sam, leads }
}
type Killable = Awaited<ReturnType<typeof startKillable>>

const told = async (bridge: OwnProcess, id: string) => {
  const lines = (await bridge.trail()).text.split('\n')
  // The last line may be half written while somebody looks.
  const events = lines.flatMap((line) => (line.endsWith('}') ? [JSON.parse(line)] : []))
  return events.filter(({ request }) => request === id) as { type: string; user: string }[]
}

/** Whatever happened: a legal state, nobody counted twice, and nothing that counts without its record. */
async function judge({ bridge, sam }: Killable, id: string, role: string) {
  const { body } = await sam.api('GET', `/requests/${id}`)
  const counted = (body.approvals as { user: string }[]).map(({ user }) => user)
  const events = await told(bridge, id)
  const of = (type: string) => events.filter((event) => event.type === type).map(({ user }) => user)
  assert.ok((await bridge.trail()).whole)
  assert.ok(['requested', 'approved', 'active'].includes(body.state), body.state)
  assert.equal(body.state === 'requested', counted.length < needed)
  assert.ok(counted.length <= needed)
  assert.equal(new Set(of('access_approved')).size, of('access_approved').length)
  for (const user of counted) assert.ok(of('access_approved').includes(user), `${user} is not in the trail`)
  if (body.state === 'active') assert.equal(of('access_activated').length, 1)
  if (role === 'Admin') assert.equal((await sam.take({ role })).status, body.state === 'active' ? 200 : 403)
  return {
    state: body.state,
    counted: counted.length,
    approved: of('access_approved').length,
    activated: of('access_activated').length,
  }
}

const lost = <T>(answer: Promise<T>) => answer.catch(() => undefined)

describe('a bridge that is killed, with Redis', () => {
  let redis: Awaited<ReturnType<typeof startRedis>>
  let proxy: Awaited<ReturnType<typeof startHoldingProxy>>
  let all: Killable
  before(async () => {
    redis = await startRedis()
    proxy = await startHoldingProxy(redis.port)
    all = await startKillable((yaml) =>
      yaml.replace(/^store: .*$/m, `store: redis://127.0.0.1:${proxy.port}`),
    )
  })
  after(async () => {
    await all?.bridge.close()
    await proxy?.close()
    await redis?.stop()
  })

  const asked = async (role: string) => (await all.sam.ask({ role })).body.id
  /** Kills it at the so manyth write to what people asked for, and starts it again. */
  async function killedAt(nth: number, where: Held, act: () => Promise<unknown>): Promise<void> {
    const reached = proxy.hold('evalsha', nth, where)
    const done = act()
    await reached
    await all.bridge.end('SIGKILL')
    await done
    proxy.release()
    await all.bridge.again()
  }
  const approve = (id: string, count: number) => () =>
    Promise.all(all.leads.slice(0, count).map((lead) => lost(lead.step(id, 'approve'))))

  test('before it has said what it noted, and before it counts what it has said, it allows and opens nothing', async () => {
    const one = await asked('One')
    await killedAt(1, 'answer', approve(one, 1))
    assert.deepEqual(await judge(all, one, 'One'), {
      state: 'requested',
      counted: 0,
      approved: 0,
      activated: 0,
    })
    const two = await asked('Two')
    await killedAt(2, 'command', approve(two, 1))
    assert.deepEqual(await judge(all, two, 'Two'), {
      state: 'requested',
      counted: 0,
      approved: 1,
      activated: 0,
    })
    const id = await asked('Admin')
    for (const lead of all.leads.slice(0, needed)) await lead.step(id, 'approve')
    await killedAt(2, 'command', () => lost(all.sam.step(id, 'activate')))
    assert.deepEqual(await judge(all, id, 'Admin'), {
      state: 'approved',
      counted: 2,
      approved: 2,
      activated: 1,
    })
  })

  test('after it counted, before anybody heard, it has counted', async () => {
    const id = await asked('Three')
    for (const lead of all.leads.slice(0, needed)) await lead.step(id, 'approve')
    await killedAt(2, 'answer', () => lost(all.sam.step(id, 'activate')))
    assert.deepEqual(await judge(all, id, 'Three'), {
      state: 'active',
      counted: 2,
      approved: 2,
      activated: 1,
    })
  })

  for (const [role, nth, where] of [
    ['Four', 3, 'command'],
    ['Five', 4, 'answer'],
  ] as const)
    test(`while ten allow it, at write ${nth}, its ${where} lost: as many count as are in the trail, once each`, async () => {
      const id = await asked(role)
      await killedAt(nth, where, approve(id, names.length))
      await judge(all, id, role)
    })
})

test('a bridge with the embedded store that is killed while ten allow it, and while it opens, is right afterwards', async () => {
  const all = await startKillable()
  try {
    const id = (await all.sam.ask({ role: 'Admin' })).body.id
    const kill = async (type: string, act: () => Promise<unknown>) => {
      const done = act()
      await until(async () => (await told(all.bridge, id)).some((event) => event.type === type))
      await all.bridge.end('SIGKILL')
      await done
      await all.bridge.again()
      return judge(all, id, 'Admin')
    }
    const { state } = await kill('access_approved', () =>
      Promise.all(all.leads.map((lead) => lost(lead.step(id, 'approve')))),
    )
    if (state === 'approved') await kill('access_activated', () => lost(all.sam.step(id, 'activate')))
  } finally {
    await all.bridge.close()
  }
})
