import assert from 'node:assert/strict'
import { afterEach, beforeEach, mock, test } from 'node:test'
import { createCrew } from '../../src/main/workers/crew.ts'
import type { Member } from '../../src/main/workers/member.ts'

const silent = { debug() {}, info() {}, warn() {}, error() {} }
const address = { host: '127.0.0.1', port: 1 }

/** A worker whose process is told what becomes of it. */
function fakeMember(number: number, launchedAt: number) {
  let isServing = false
  let serve = () => {}
  let fail = (_why: Error) => {}
  let go = (_how: string) => {}
  const asked: string[] = []
  const serves = new Promise<typeof address>((resolve, reject) => {
    serve = () => {
      isServing = true
      resolve(address)
    }
    fail = reject
  })
  serves.catch(() => {})
  const gone = new Promise<string>((resolve) => {
    go = (how) => {
      isServing = false
      fail(new Error(`worker ${number} ended`))
      resolve(how)
    }
  })
  const member = {
    ...{ number, pid: number, launchedAt, serves, gone, files: undefined, kill: () => go('SIGKILL') },
    get isServing() {
      return isServing
    },
    agree: async () => {},
    ask: (async (name: string) => {
      asked.push(name)
      if (name === 'stop') go('code 0')
    }) as Member['ask'],
  } satisfies Member
  return { member, asked, serve: () => serve(), go: (how: string) => go(how) }
}

/** Lets everything happen that waits for nothing but its turn. */
const settle = async () => {
  for (let turn = 0; turn < 20; turn++) await Promise.resolve()
}

let now = 0
let launched: ReturnType<typeof fakeMember>[] = []
let gaveUp: string[] = []
beforeEach(() => {
  mock.timers.enable({ apis: ['setTimeout'] })
  ;[now, launched, gaveUp] = [0, [], []]
})
afterEach(() => mock.timers.reset())

const crewOf = (count: number) =>
  createCrew({
    ...{ count, log: silent, clock: () => now, gaveUp: (why) => void gaveUp.push(why) },
    launch: (number) => {
      const made = fakeMember(number, now)
      launched.push(made)
      return made.member
    },
  })

async function started(count: number) {
  const crew = crewOf(count)
  const starting = crew.start()
  for (const one of launched) one.serve()
  assert.deepEqual(await starting, address)
  return crew
}

async function pass(milliseconds: number) {
  now += milliseconds
  mock.timers.tick(milliseconds)
  await settle()
}

test('a worker that dies is replaced at once, then later and later, and given up when none serves', async () => {
  await started(1)
  for (const pause of [0, 1000, 2000, 4000, 8000]) {
    const before = launched.length
    launched.at(-1)?.go('SIGKILL')
    await settle()
    if (pause > 0) await pass(pause - 1)
    assert.equal(launched.length, before, `nobody before ${pause} ms`)
    await pass(1)
    assert.equal(launched.length, before + 1)
  }
  launched.at(-1)?.go('SIGKILL')
  await settle()
  assert.deepEqual(gaveUp, ['worker 1 ended 6 times soon after its start, and no other serves'])
})

test('while another serves nobody is given up, and one that lived long is replaced at once', async () => {
  const crew = await started(2)
  for (let n = 0; n < 12; n++) {
    launched.findLast(({ member }) => member.number === 2)?.go('SIGKILL')
    await settle()
    await pass(30_000)
  }
  assert.deepEqual(gaveUp, [])
  const last = launched.at(-1)
  last?.serve()
  await settle()
  assert.equal(crew.serving().length, 2)
  await pass(60_000)
  const before = launched.length
  last?.go('code 1')
  await settle()
  await pass(1)
  assert.equal(launched.length, before + 1)
})

test('a restart ends no worker before the one that takes its place serves, and none when that one fails', async () => {
  const crew = await started(2)
  const [one, two] = launched
  const rolling = crew.roll()
  await settle()
  assert.equal(launched.length, 3)
  assert.deepEqual([one?.asked, two?.asked], [[], []])
  launched[2]?.serve()
  await settle()
  assert.deepEqual([one?.asked, two?.asked], [['leave'], []])
  assert.equal(crew.serving().length, 2)
  launched[3]?.go('code 1')
  await assert.rejects(rolling, /worker 2 ended/)
  assert.deepEqual(two?.asked, [])
  assert.equal(crew.serving().length, 2)
  assert.equal(crew.figures().leaving, 1)
})

test('whoever serves from other files than were agreed on begins anew, and counts for no fault', async () => {
  const crew = await started(2)
  const files = new Map()
  const [one] = launched
  if (one) Object.assign(one.member, { files })
  for (let n = 0; n < 8; n++) {
    crew.renew(files)
    await settle()
    await pass(1)
    launched.at(-1)?.serve()
    await settle()
  }
  assert.equal(launched.length, 10)
  assert.equal(one?.member.isServing, true)
})

test('a start fails when one worker cannot serve; an end in the middle of a restart starts nobody', async () => {
  const crew = crewOf(2)
  const starting = crew.start()
  launched[0]?.serve()
  launched[1]?.go('code 1')
  await assert.rejects(starting, /worker 2 ended/)
  await crew.stop('start failed')
  await pass(60_000)
  assert.equal(launched.length, 2)

  launched = []
  const other = await started(2)
  const rolling = other.roll()
  await settle()
  const ending = other.stop('SIGTERM')
  await assert.rejects(rolling, /worker 1 ended/)
  await ending
  await pass(60_000)
  assert.equal(launched.length, 3)

  // The same when the new one serves at that very moment.
  launched = []
  const third = await started(2)
  const last = third.roll()
  await settle()
  launched[2]?.serve()
  const stopping = third.stop('SIGTERM')
  await assert.rejects(last, /the bridge is ending/)
  await stopping
  assert.equal(launched.length, 3)
})
