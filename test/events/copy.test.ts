import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { createEvents, type Event, type Sink } from '../../src/events/index.ts'
import { openFile } from '../../src/events/sinks/file.ts'
import { deps, issued, scratch, signedIn } from './samples.ts'

let folder: string
let clean: () => Promise<void>
before(async () => {
  ;({ folder, clean } = await scratch())
})
after(() => clean())

/** A copy that works, fails or hangs as the test says. */
function copyOf(name = 'elsewhere') {
  const taken: Event[] = []
  const copy = {
    name,
    copy: true,
    how: 'works' as 'works' | 'fails' | 'hangs',
    taken,
    write: async (event: Event) => {
      if (copy.how === 'hangs') await new Promise(() => {})
      if (copy.how === 'fails') throw new Error('EPIPE')
      taken.push(event)
    },
    close: async () => {},
  } satisfies Sink & Record<string, unknown>
  return copy
}

async function trailWith(name: string, ...copies: Sink[]) {
  const path = join(folder, name)
  const heard: [string, boolean][] = []
  const events = createEvents({
    ...deps(),
    sinks: [await openFile(path, deps()), ...copies],
    subscribers: [(event, written) => heard.push([event.type, written])],
  })
  const lines = async () =>
    (await readFile(path, 'utf8'))
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line))
  return { events, heard, lines }
}

describe('a copy of the trail', () => {
  test('that cannot be written refuses nobody; the trail says so once, and the log repeats what it lacks', async () => {
    const copy = copyOf()
    const { events, heard, lines } = await trailWith('fails.log', copy)
    copy.how = 'fails'
    await events.emit(signedIn)
    await events.emit(issued)
    await events.ready()
    await events.close()
    assert.deepEqual((await lines()).map(({ type }) => type).sort(), [
      'credentials_issued',
      'sign_in',
      'warning',
    ])
    const warning = (await lines()).find(({ type }) => type === 'warning')
    assert.equal(warning.message, 'a copy of the audit trail cannot be written')
    assert.match(warning.detail, /“elsewhere” could not write: EPIPE; the trail itself has/)
    assert.ok(heard.every(([, written]) => !written))
  })

  test('that works again is told what it lacks, in its own place', async () => {
    const copy = copyOf()
    const { events } = await trailWith('again.log', copy)
    copy.how = 'fails'
    await events.emit(signedIn)
    await events.emit(issued)
    copy.how = 'works'
    await events.emit(signedIn)
    await events.close()
    const [first, gap] = copy.taken
    assert.equal(first?.type, 'sign_in')
    assert.ok(gap?.type === 'warning')
    assert.equal(gap.message, 'a copy of the audit trail is written again')
    assert.match(gap.detail ?? '', /“elsewhere” lacks up to \d+ events, from 2025-06-15T12:00:00.000Z to /)
  })

  test('that hangs costs the first event a second and the next ones nothing', async (t) => {
    const copy = copyOf()
    const { events, lines } = await trailWith('hangs.log', copy)
    copy.how = 'hangs'
    t.mock.timers.enable({ apis: ['setTimeout'] })
    const first = events.emit(signedIn)
    t.mock.timers.tick(1000)
    await first
    await events.emit(issued)
    await events.ready()
    await events.close()
    assert.equal((await lines()).filter(({ type }) => type !== 'warning').length, 2)
  })

  test('is no trail: what the trail cannot take is refused, however well the copy works', async () => {
    const copy = copyOf()
    const broken: Sink = {
      name: 'file',
      write: () => Promise.reject(new Error('ENOSPC')),
      close: async () => {},
    }
    const events = createEvents({ ...deps(), sinks: [broken, copy] })
    await assert.rejects(events.emit(issued), { code: 'audit_unavailable' })
    await events.close()
  })
})
