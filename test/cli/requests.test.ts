import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { admin, Someone, startRequests } from '../flows/requests-stage.ts'
import type { Stage } from '../stage.ts'
import { buildCommandLine, type CommandLine, ended, logIn, said, until } from './command-line.ts'

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
    ['credential-process', '--role', 'Admin'],
    ['exec', '--role', admin, '--', 'true'],
    ['exec', '--role', 'Admin', '--', 'true'],
    ['exec', '--role', admin, '--server', '--', 'true'],
  ]) {
    const { code, stdout, stderr } = await cli.run(asked)
    assert.equal(code, 3, `${asked} ${stderr}`)
    assert.equal(stdout, '')
    assert.ok(stderr.includes(`rolebridge request --role ${admin} --reason WHY`), stderr)
  }
})

/** Runs with its clock moved as far as the bridge's was. */
const later = (seconds: string) => ({
  NODE_OPTIONS: `--import ${new URL('./moved-clock.mjs', import.meta.url).href}`,
  TEST_CLOCK_FILE: clockAt(seconds),
})
function clockAt(seconds: string): string {
  const file = join(cli.home, `clock-${seconds}`)
  writeFileSync(file, seconds)
  return file
}
const take = (env?: NodeJS.ProcessEnv) => cli.run(['credential-process', '--role', admin], env)
async function openedHere(): Promise<{ id: string; endsAt: string }> {
  const { stdout, stderr } = await cli.run(['request', '--role', admin, '--reason', 'INC-3', '--json'])
  assert.ok(stdout, stderr)
  const { id } = JSON.parse(stdout)
  assert.equal((await lena.step(id, 'approve')).body.state, 'approved')
  const started = await cli.run(['activate', id, '--json'])
  assert.equal(started.code, 0, started.stderr)
  return { id, endsAt: JSON.parse(started.stdout).endsAt }
}
const asks = `rolebridge request --role ${admin} --reason WHY`

test('what is kept ends with the request, and whoever ends it here keeps nothing', async () => {
  const { id, endsAt } = await openedHere()
  const kept = await take()
  assert.equal(kept.code, 0, kept.stderr)
  assert.ok(Date.parse(JSON.parse(kept.stdout).Expiration) <= Date.parse(endsAt), `${kept.stdout} ${endsAt}`)
  assert.equal((await take()).stdout, kept.stdout)
  assert.equal((await cli.run(['end', id])).code, 0)
  const over = await take()
  assert.deepEqual([over.code, over.stdout], [3, ''], over.stderr)
  assert.ok(over.stderr.includes(asks), over.stderr)
})

/** Fetches from the endpoint of `exec --server` at each line that it reads. */
const fetcher = `
import { readFileSync } from 'node:fs'
import { createInterface } from 'node:readline'
const { AWS_CONTAINER_CREDENTIALS_FULL_URI: url, AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE: file } = process.env
console.log('up')
for await (const _ of createInterface({ input: process.stdin })) {
  const answer = await fetch(url, { headers: { authorization: readFileSync(file, 'utf8') } })
  console.log(answer.status, JSON.stringify(await answer.json()))
}
`

test('what somebody else ended is not renewed: by credential-process, by exec, by exec --server', async () => {
  const { id } = await openedHere()
  const kept = await take()
  const script = join(cli.home, 'fetcher.mjs')
  writeFileSync(script, fetcher)
  const child = cli.start(['exec', '--role', admin, '--server', '--', process.execPath, script], {
    stdio: ['pipe', 'pipe', 'pipe'],
    env: later('0'),
  })
  const lines: string[] = []
  child.stdout?.on('data', (text) => lines.push(...String(text).split('\n').filter(Boolean)))
  const done = ended(child)
  const fetched = async () => {
    const heard = lines.length
    child.stdin?.write('\n')
    await until(() => lines.length > heard || child.exitCode !== null, 20_000)
    return lines.at(-1) ?? ''
  }
  await until(() => lines.length === 1, 20_000)
  assert.match(await fetched(), /^200 /)
  assert.equal((await lena.step(id, 'end')).body.state, 'ended')
  // What is out already only AWS takes back: the bridge is not asked before it is due.
  assert.equal((await take()).stdout, kept.stdout)
  const fresh = await cli.run(['exec', '--fresh', '--role', admin, '--', 'true'])
  assert.equal(fresh.code, 3, fresh.stderr)
  assert.ok(fresh.stderr.includes(asks), fresh.stderr)
  const left = (Date.parse(JSON.parse(kept.stdout).Expiration) - Date.now()) / 1000
  const moved = String(Math.floor(left - 120))
  const due = await take(later(moved))
  assert.deepEqual([due.code, due.stdout], [3, ''], due.stderr)
  assert.ok(due.stderr.includes(asks), due.stderr)
  writeFileSync(join(cli.home, 'clock-0'), moved)
  const refused = await fetched()
  assert.match(refused, /^403 /)
  assert.ok(refused.includes(asks), refused)
  child.stdin?.end()
  assert.equal((await done).code, 0)
})

test('somebody who is locked is given nothing new, and is told to sign in', async () => {
  const { id } = await openedHere()
  const kept = await take()
  const adam = await Someone.of(stage, 'adam')
  const lock = { user: 'sam@corp.example', reason: 'a lost laptop' }
  assert.equal((await adam.api('PUT', '/locks', lock)).status, 200)
  assert.equal((await take()).stdout, kept.stdout)
  const fresh = await cli.run(['exec', '--fresh', '--role', admin, '--', 'true'])
  assert.equal(fresh.code, 1, fresh.stderr)
  assert.match(fresh.stderr, /Sign in with: rolebridge login/)
  assert.equal((await adam.api('DELETE', '/locks?user=sam@corp.example')).status, 200)
  assert.equal((await adam.step(id, 'end')).body.state, 'ended')
  assert.equal((await logIn(cli, stage, 'sam')).code, 0)
  const again = await take()
  assert.deepEqual([again.code, again.stdout], [3, ''], again.stderr)
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
