import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { admin, Someone, startRequests } from '../flows/requests-stage.ts'
import type { Stage } from '../stage.ts'
import { buildCommandLine, type CommandLine, ended, logIn, said } from './command-line.ts'

let stage: Stage
let cli: CommandLine
let lena: Someone
before(async () => {
  stage = await startRequests()
  cli = await buildCommandLine()
  assert.equal((await logIn(cli, stage, 'sam')).code, 0)
  lena = await Someone.of(stage, 'lena')
})
after(async () => {
  await cli?.close()
  await stage?.close()
})

test('whoever is refused a role that must be asked for reads the command that asks', async () => {
  for (const asked of [
    ['credentials', '--role', 'Admin'],
    ['credential-process', '--role', admin],
    ['exec', '--role', admin, '--', 'true'],
  ]) {
    const { code, stdout, stderr } = await cli.run(asked)
    assert.equal(code, 3, `${asked} ${stderr}`)
    assert.equal(stdout, '')
    assert.ok(stderr.includes(`rolebridge request --role ${admin} --reason WHY`), stderr)
  }
})

test('a role is asked for, allowed, started, used and ended', async () => {
  const asked = await cli.run([
    'request',
    '--role',
    'Admin',
    '--reason',
    'INC-1 disk',
    '--duration',
    '20m',
    '--json',
  ])
  assert.equal(asked.code, 0, asked.stderr)
  const { id } = JSON.parse(asked.stdout)
  assert.match((await cli.run(['requests'])).stdout, new RegExp(`${id} +requested +production/Admin`))
  const own = await cli.run(['approve', id])
  assert.equal(own.code, 3, own.stderr)
  assert.match(own.stderr, /Nobody allows what they asked for themselves/)
  await lena.step(id, 'approve')
  assert.match(
    (await cli.run(['credential-process', '--role', admin])).stderr,
    new RegExp(`${id} was allowed`),
  )
  const started = await cli.run(['activate', id])
  assert.equal(started.code, 0, started.stderr)
  assert.match(started.stderr, /production\/Admin is open until /)
  assert.equal((await cli.run(['credential-process', '--role', admin])).code, 0)
  const over = await cli.run(['end', id, '--reason', 'done'])
  assert.equal(over.code, 0, over.stderr)
  assert.match(over.stdout, /aws iam put-role-policy --role-name Admin/)
  assert.equal((await cli.run(['activate', id])).code, 3)
  assert.equal((await cli.run(['approve', 'no such'])).code, 5)
})

test('request --wait waits until somebody decides, and starts what was allowed', async () => {
  const child = cli.start(['request', '--role', 'Admin', '--reason', 'INC-2', '--wait'])
  const done = ended(child)
  const [, id = ''] = await said(child, /(\w{5}-\w{5}): production\/Admin waits/)
  await lena.step(id, 'approve')
  const { code, stderr } = await done
  assert.equal(code, 0, stderr)
  assert.match(stderr, /is open until/)
})
