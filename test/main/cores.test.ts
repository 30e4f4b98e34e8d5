import assert from 'node:assert/strict'
import { test } from 'node:test'
import { coresToUse } from '../../src/main/workers/cores.ts'

const reading =
  (files: Record<string, string>) =>
  (file: string): string | undefined =>
    files[file]

test('as many workers as cores, and no more than the control group or one above it gives time for', () => {
  const group = { '/proc/self/cgroup': '0::/system.slice/rolebridge.service\n' }
  const own = '/sys/fs/cgroup/system.slice/rolebridge.service/cpu.max'
  assert.equal(coresToUse(8, reading({})), 8)
  assert.equal(coresToUse(8, reading({ ...group, [own]: 'max 100000\n' })), 8)
  assert.equal(coresToUse(8, reading({ ...group, [own]: '250000 100000\n' })), 3)
  assert.equal(coresToUse(8, reading({ ...group, [own]: '20000 100000\n' })), 1)
  assert.equal(coresToUse(2, reading({ ...group, [own]: '800000 100000\n' })), 2)
  const above = '/sys/fs/cgroup/system.slice/cpu.max'
  assert.equal(coresToUse(8, reading({ ...group, [own]: 'max 100000', [above]: '400000 100000' })), 4)
  // A container sees its own group as the root; the first version of control groups is not asked.
  const inContainer = { '/proc/self/cgroup': '0::/\n', '/sys/fs/cgroup/cpu.max': '200000 100000\n' }
  assert.equal(coresToUse(8, reading(inContainer)), 2)
  assert.equal(coresToUse(8, reading({ '/proc/self/cgroup': '4:cpu,cpuacct:/a\n' })), 8)
})
