import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { parse } from 'yaml'

const folder = join(import.meta.dirname, '../../.github/workflows')
const files = readdirSync(folder).map((name) => join(folder, name))

interface Workflow {
  readonly permissions: unknown
  readonly jobs: Readonly<
    Record<
      string,
      {
        readonly 'timeout-minutes'?: number
        readonly permissions?: Readonly<Record<string, string>>
        readonly steps: readonly { readonly uses?: string; readonly run?: string; readonly with?: object }[]
      }
    >
  >
}

const workflows = files.map((file) => ({ file, ...(parse(readFileSync(file, 'utf8')) as Workflow) }))

test('a workflow may read, a job that may more says so, and every action has a version', () => {
  assert.ok(workflows.length >= 2)
  for (const { file, permissions, jobs } of workflows) {
    assert.deepEqual(permissions, { contents: 'read' }, file)
    for (const [name, job] of Object.entries(jobs)) {
      assert.ok(job['timeout-minutes'], `${file} ${name} may run for ever`)
      for (const { uses, with: given } of job.steps) {
        if (uses === undefined) continue
        assert.match(uses, /^[\w-]+\/[\w-]+@(v\d+|[0-9a-f]{40})$/)
        if (uses.startsWith('actions/checkout@'))
          assert.deepEqual(
            given,
            { 'persist-credentials': false },
            `${file} ${name} leaves its token on the disk`,
          )
      }
    }
  }
})

test('a change and a release pass what passes anywhere else', () => {
  for (const { file, jobs } of workflows)
    assert.ok(
      Object.values(jobs).some(({ steps }) => steps.some(({ run }) => run?.endsWith(' .ci/run'))),
      file,
    )
})

test('what somebody outside names is no part of a script', () => {
  for (const { file, jobs } of workflows)
    for (const { steps } of Object.values(jobs))
      for (const { run = '' } of steps)
        assert.doesNotMatch(run, /\$\{\{\s*github\.(?:head_ref|ref_name|event)/, file)
})

const lint = process.env.ACTIONLINT ?? 'actionlint'
const absent = spawnSync(lint, ['--version']).error !== undefined
test('actionlint finds nothing', { skip: absent ? 'There is no actionlint here.' : false }, () => {
  const { status, stdout } = spawnSync(lint, files, { encoding: 'utf8' })
  assert.equal(status, 0, stdout)
})
