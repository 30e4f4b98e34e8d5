import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { builtProgram } from '../built-program.ts'
import { auditFile, handOut } from '../history/samples.ts'
import { ended } from './command-line.ts'

let folder: string
let head: string
before(async () => {
  folder = mkdtempSync(join(tmpdir(), 'rolebridge-audit-'))
  const trail = auditFile(join(folder, 'audit.jsonl'))
  await trail.add([handOut(1), handOut(2)], join(folder, 'audit.jsonl.1'))
  await trail.add([handOut(3), handOut(4)])
  head = `${trail.end().seq}:${trail.end().hash}`
})
after(() => rmSync(folder, { recursive: true, force: true }))

async function audit(...args: string[]) {
  return ended(
    spawn(process.execPath, [await builtProgram(), 'audit', ...args], {
      cwd: folder,
      env: { PATH: process.env.PATH, HOME: folder },
    }),
  )
}

/** The newer file with its lines put otherwise, beside the older one. */
async function verdictOn(change: (lines: string[]) => string[], ...more: string[]) {
  const lines = readFileSync(join(folder, 'audit.jsonl'), 'utf8').trimEnd().split('\n')
  writeFileSync(
    join(folder, 'changed.jsonl'),
    change(lines)
      .map((line) => `${line}\n`)
      .join(''),
  )
  return audit('verify', 'changed.jsonl', 'audit.jsonl.1', ...more)
}

test('audit verify follows the chain over rotated files in any order, and prints its head', async () => {
  const { code, stdout } = await audit('verify', 'audit.jsonl', 'audit.jsonl.1')
  assert.equal(code, 0)
  assert.match(stdout, /4 records, number 1 to 4, and the chain is whole/)
  assert.ok(stdout.includes(head))
  const json = JSON.parse((await audit('verify', 'audit.jsonl', '--json')).stdout)
  assert.deepEqual([json.chains[0].ok, json.chains[0].lines, json.chains[0].start.seq], [true, 2, 2])
})

test('audit verify names what to say where there are neither files nor a configuration', async () => {
  const { code, stderr } = await audit('verify')
  assert.equal(code, 5)
  assert.match(stderr, /Name the audit files to look at, or with --config a configuration/)
})

test('audit verify leaves out, and says so, what a crash tore beside a file that is named too', async () => {
  writeFileSync(join(folder, 'audit.jsonl.torn'), '{"seq":3,"prev":"ab\n')
  try {
    const all = await audit('verify', 'audit.jsonl', 'audit.jsonl.1', 'audit.jsonl.torn')
    assert.deepEqual(
      [all.code, /4 records, number 1 to 4, and the chain is whole/.test(all.stdout)],
      [0, true],
    )
    assert.match(all.stderr, /audit\.jsonl\.torn holds what a crash tore/)
    assert.equal((await audit('verify', 'audit.jsonl.torn')).code, 3)
  } finally {
    rmSync(join(folder, 'audit.jsonl.torn'))
  }
})

test('audit verify finds what was edited, removed, reordered, and what was cut off behind a noted head', async () => {
  const edited = await verdictOn((lines) => [(lines[0] ?? '').replace('alice', 'mallory'), lines[1] ?? ''])
  assert.deepEqual(
    [edited.code, /changed\.jsonl, line 2: the line before was changed/.test(edited.stderr)],
    [3, true],
  )
  const reordered = await verdictOn((lines) => lines.reverse())
  assert.deepEqual([reordered.code, /line number 4 follows 2/.test(reordered.stderr)], [3, true])
  const removed = await verdictOn((lines) => lines.slice(1))
  assert.deepEqual(
    [removed.code, /line number 4 follows 2: lines are missing/.test(removed.stderr)],
    [3, true],
  )
  assert.equal(
    (await verdictOn((lines) => lines.slice(0, 1))).code,
    0,
    'a chain cannot show that its end was cut off',
  )
  const cut = await verdictOn((lines) => lines.slice(0, 1), '--head', head)
  assert.deepEqual(
    [cut.code, /ends with number 3, but 4 was anchored: lines were cut off/.test(cut.stderr)],
    [3, true],
  )
  const swapped = await audit('verify', 'audit.jsonl', 'audit.jsonl.1', '--head', `2:${'0'.repeat(64)}`)
  assert.deepEqual(
    [swapped.code, /line 2: this is not the line that was anchored/.test(swapped.stderr)],
    [3, true],
  )
  const nonsense = await audit('verify', 'audit.jsonl', '--head', '4:x')
  assert.equal(nonsense.code, 5)
  const absent = await audit('verify', 'nothing.jsonl')
  assert.deepEqual([absent.code, /nothing\.jsonl cannot be read/.test(absent.stderr)], [5, true])
})
