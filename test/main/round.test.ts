import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { agreeOn, type WorkerDoor } from '../../src/app/machine/round.ts'
import type { Outcome } from '../../src/app.ts'
import type { Config } from '../../src/config.ts'

const config = { fingerprint: 'next' } as Config
const took: Outcome = { ok: true, fingerprint: 'next', unchanged: false, without: [] }

describe('a configuration that several take or none', () => {
  const happened: string[] = []
  /** A worker; `ready` is what becomes of it before it agrees, `then` after. */
  const worker = (
    number: number,
    { reads = 'next', ready, after }: { reads?: string; ready?: () => void; after?: () => void } = {},
  ): WorkerDoor => ({
    worker: number,
    reload: async ({ agree }) => {
      try {
        ready?.()
        await agree(reads)
        after?.()
      } catch (error) {
        return { ok: false, faults: [(error as Error).message] }
      }
      happened.push(`${number} takes it`)
      return took
    },
    drop: () => void happened.push(`${number} is dropped`),
  })
  const fails = (why: string) => () => {
    throw new Error(why)
  }
  const agree = (workers: WorkerDoor[], write = async () => {}) => {
    happened.length = 0
    return agreeOn(workers, {
      ...{ config, trigger: 'command', files: new Map() },
      write: async () => {
        await write()
        happened.push('written')
      },
    })
  }

  test('is written down when all are ready, and taken only then', async () => {
    assert.deepEqual((await agree([worker(1), worker(2)])).faults, [])
    assert.equal(happened[0], 'written')
    assert.deepEqual(happened.slice(1).sort(), ['1 takes it', '2 takes it'])
  })

  test('is taken by nobody when one refuses, and only its own reason is told', async () => {
    const { faults } = await agree([worker(1), worker(2, { ready: fails('okta does not answer') })])
    assert.deepEqual([faults, happened], [['okta does not answer'], []])
  })

  test('is taken by nobody who reads something else, or when it cannot be written down', async () => {
    const other = await agree([worker(1), worker(2, { reads: 'another' })])
    assert.deepEqual([other.faults, happened], [['worker 2 reads another configuration'], []])
    const unwritten = await agree([worker(1), worker(2)], fails('the disk is full') as never)
    assert.deepEqual([unwritten.faults, happened], [['the disk is full'], []])
    assert.deepEqual((await agree([])).faults, ['no worker serves at the moment'])
  })

  test('whoever fails when it is written down already serves nobody any more', async () => {
    const { faults } = await agree([worker(1), worker(2, { after: fails('no memory') })])
    assert.deepEqual(faults, [])
    assert.deepEqual(happened.sort(), ['1 takes it', '2 is dropped', 'written'])
  })
})
