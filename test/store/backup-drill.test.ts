import assert from 'node:assert/strict'
import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmod, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { openStore } from '../../src/store/index.ts'
import { builtProgram } from '../built-program.ts'
import { Someone } from '../flows/requests-stage.ts'
import { signOff } from '../flows/review-stage.ts'
import { type OwnProcess, startProcess } from '../own-process.ts'
import { Person } from '../person.ts'
import { startPostgres } from '../postgres.ts'
import { somebody, withRules } from '../stage.ts'

const people = [
  somebody('sam', 'sre'),
  somebody('lena', 'leads'),
  somebody('otto', 'sre'),
  somebody('nora', 'sre'),
  somebody('audrey', 'security'),
  somebody('adam', 'secops'),
]
const rules = withRules(`rules:
  - id: on-request
    match: { groups: '^sre$' }
    grant: { accounts: [production], roles: [Admin] }
    request: { approvers: { groups: '^leads$' } }
auditors: { groups: '^security$' }
administrators: { groups: '^secops$' }
`)

/** A store that can be lost, and whether it takes a word to restore into it. */
const kinds: Record<string, () => Promise<Lossy>> = {
  LMDB: async () => ({
    url: 'embedded:./data',
    lose: (folder) => rm(join(folder, 'data'), { recursive: true }),
    word: [],
    stop: async () => {},
  }),
  PostgreSQL: async () => {
    const { database, query, stop } = await startPostgres()
    const url = await database()
    const lose = async () => void (await query(url, 'drop schema public cascade; create schema public'))
    return { url, lose, word: ['--yes'], stop }
  },
}

interface Lossy {
  readonly url: string
  lose(folder: string): Promise<void>
  readonly word: readonly string[]
  stop(): Promise<void>
}

const run = async (...args: readonly string[]) => runAny([process.execPath, await builtProgram(), ...args])

async function runAny([program = '', ...args]: readonly string[]) {
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'] })
  const said = { stdout: '', stderr: '' }
  for (const name of ['stdout', 'stderr'] as const)
    child[name].on('data', (chunk) => {
      said[name] += chunk
    })
  const [code] = await once(child, 'close')
  return { code: code as number, ...said }
}

const records = async (bridge: OwnProcess, type: string) =>
  (await bridge.trail()).text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line))
    .filter((record) => record.type === type)

const lock = (adam: Someone, name: string) =>
  adam.api('PUT', '/locks', { user: `${name}@corp.example`, reason: 'INC-9 left the company' })

for (const [kind, start] of Object.entries(kinds))
  describe(`a bridge that loses its ${kind} and gets it back from a backup`, () => {
    let store: Lossy
    let bridge: OwnProcess
    let backup: string
    let adam: Someone
    let sam: Someone
    let request: string
    const alice = new Person()
    let usedAnswer: Awaited<ReturnType<Person['submit']>>
    const config = () => bridge.world.configFile
    const look = () => pause(1100)
    const restore = (...args: readonly string[]) => run('restore', backup, '--config', config(), ...args)
    before(async () => {
      store = await start()
      bridge = await startProcess({
        people,
        config: (yaml) => rules(yaml.replace(/^store: .*$/m, `store: ${store.url}`)),
      })
      backup = join(await mkdtemp(join(tmpdir(), 'rolebridge-backup-')), 'of-today')
    })
    after(async () => {
      await bridge?.close()
      await store?.stop()
      if (backup) await rm(join(backup, '..'), { recursive: true, force: true })
    })

    test('copies, while it serves, what cannot be had again, and names the files to keep', async () => {
      const names = ['sam', 'lena', 'adam', 'audrey', 'otto']
      const all = await Promise.all(names.map((name) => Someone.of(bridge, name, look)))
      const [lena, audrey] = [all[1], all[3]]
      ;[sam, , adam] = all as [Someone, Someone, Someone]
      assert.ok(lena && audrey)
      const login = await alice.follow(await alice.get(bridge.url))
      usedAnswer = await alice.submit(login, { username: 'sam', password: 'sam' })
      assert.equal((await alice.submit(usedAnswer)).status, 303)
      request = (await sam.ask({ role: 'Admin' })).body.id
      await lena.step(request, 'approve')
      assert.equal((await sam.step(request, 'activate')).body.state, 'active')
      assert.equal((await sam.take({ role: 'Admin' })).status, 200)
      for (const name of ['otto', 'nora']) assert.equal((await lock(adam, name)).status, 200)
      const api = (method: string, path: string, body?: object) =>
        audrey.api(method, path.replace('/api/v1', ''), body)
      const signed = await signOff(api as never, 'rule', 'on-request')
      assert.ok(signed.status < 300, JSON.stringify(signed.body))

      const done = await run('backup', '--config', config(), '--to', backup)
      assert.equal(done.code, 0, done.stderr)
      assert.match(done.stderr, /3 records of locks, 1 reviewed .*, 5 people seen, the requests of 1 person/)
      const keep = done.stdout.trimEnd().split('\n')
      for (const file of [config(), join(bridge.folder, 'audit.jsonl')]) assert.ok(keep.includes(file), file)
      assert.ok(
        keep.some((path) => /aws-signing\.pem$|certs\//.test(path)),
        done.stdout,
      )
      assert.equal((await stat(backup)).mode & 0o777, 0o700)
      assert.deepEqual(await readdir(backup), ['records.jsonl'])
      assert.equal((await stat(join(backup, 'records.jsonl'))).mode & 0o777, 0o600)
      const text = await readFile(join(backup, 'records.jsonl'), 'utf8')
      assert.doesNotMatch(text, /corp\.example|INC-9/)
      const kept = new Set(text.split('\n').flatMap((line) => /"kind":"([^"]+)"/.exec(line)?.[1] ?? []))
      assert.deepEqual([...kept].sort(), ['access-ledger', 'access-place', 'lock', 'reviewed', 'seen'])
      assert.equal(
        (await run('backup', '--config', config(), '--to', backup)).code,
        4,
        'a folder is used once',
      )
    })

    test('restores nothing while it serves', async () => {
      await adam.api('DELETE', '/locks?user=nora%40corp.example')
      const { code, stderr } = await restore('--yes')
      assert.equal(code, 5)
      assert.match(stderr, /A bridge serves: .* Stop it first/)
    })

    test('restores nothing where it cannot see whether it serves, and says why', async () => {
      if (kind !== 'LMDB') return
      const data = join(bridge.folder, 'data')
      const socket = (await readdir(data)).find((name) => name.endsWith('.sock')) ?? ''
      await chmod(join(data, socket), 0)
      // What root may open nobody else may.
      const asAnybody = process.getuid?.() === 0 ? ['setpriv', '--bounding-set=-dac_override'] : []
      const args = [...asAnybody, process.execPath, await builtProgram(), 'restore', backup]
      const { code, stderr } = await runAny([...args, '--config', config()])
      await chmod(join(data, socket), 0o600)
      assert.equal(code, 4, stderr)
      assert.match(stderr, /cannot be seen: .* belongs to another user; .* Nothing was changed\.\n$/)
    })

    test('restores nothing of a file that was changed, was cut off, or is of another secret', async () => {
      await bridge.end()
      const file = join(backup, 'records.jsonl')
      const text = await readFile(file, 'utf8')
      const lines = text.trimEnd().split('\n')
      const withoutOne = lines.toSpliced(
        lines.findIndex((line) => line.includes('"kind":"lock"')),
        1,
      )
      const bad: Record<string, string> = {
        'a record less': `${withoutOne.join('\n')}\n`,
        'the end missing': `${lines.slice(0, -1).join('\n')}\n`,
        'another time': text.replace(/"at":\d/, '"at":2'),
        'a record twice': `${lines.toSpliced(2, 0, lines[1] ?? '').join('\n')}\n`,
        'more behind it': `${text}{"kind":"lock","key":"lock:x","text":"x"}\n`,
      }
      try {
        for (const [what, changed] of Object.entries(bad)) {
          await writeFile(file, changed)
          const { code, stderr } = await restore(...store.word)
          assert.equal(code, 4, what)
          assert.match(stderr, /was changed or cut off/, what)
        }
        await writeFile(file, `{"rolebridge":"backup","format":"${'2'.repeat(5000)}"}\n`)
        const { stderr } = await restore(...store.word)
        assert.match(stderr, /is no backup of Rolebridge/)
        assert.ok(stderr.length < 1000, 'nobody is shown all of it')
        await rm(file)
        execFileSync('mkfifo', [file])
        assert.match((await restore(...store.word)).stderr, /is no backup .*: records\.jsonl is no file/)
        await rm(file)
        await writeFile(file, text.replace('"format":1', '"format":2'))
        assert.match((await restore(...store.word)).stderr, /in a form \(2\) that this version does not read/)
      } finally {
        await writeFile(file, text)
      }
      const yaml = await readFile(config(), 'utf8')
      const next = 'Qm7-another-secret-of-after-the-rotation-x8Lw4Tz'
      await writeFile(config(), yaml.replace(/^secret: .*$/m, `secret: ${next}`))
      const { code, stderr } = await restore(...store.word)
      assert.equal(code, 4, stderr)
      assert.match(stderr, /made with another `secret`/)
      await writeFile(config(), yaml.replace(/^secret: (.*)$/m, `secret: [${next}, $1]`))
      assert.equal((await restore('--dry-run')).code, 0, 'both are known')
      await writeFile(config(), yaml)
      assert.deepEqual(await records(bridge, 'store_restored'), [])
    })

    test('says what would come back, without so much as making the store', async () => {
      await store.lose(bridge.folder)
      const { code, stderr } = await restore('--dry-run')
      assert.equal(code, 0, stderr)
      assert.match(stderr, /Would come back: 3 records of locks, 1 reviewed/)
      if (kind === 'LMDB') assert.ok(!(await readdir(bridge.folder)).includes('data'))
      assert.deepEqual(await records(bridge, 'store_restored'), [])
    })

    test('has locks and sign-offs again, and nothing that lets anybody in', async () => {
      if (kind !== 'LMDB') {
        const { code, stderr } = await restore()
        assert.equal(code, 5)
        assert.match(stderr, /Nodes on other machines .* --yes/)
      }
      const { code, stderr } = await restore(...store.word)
      assert.equal(code, 0, stderr)
      assert.match(stderr, /Came back: 3 records of locks, 1 reviewed/)
      assert.match(stderr, /unlocked nora@corp\.example: unlock them again/)
      const [told, more] = await records(bridge, 'store_restored')
      assert.equal(more, undefined)
      assert.deepEqual(
        { locks: told.locks, signOffs: told.signOffs, people: told.people, requests: told.requests },
        { locks: 3, signOffs: 1, people: 5, requests: 1 },
      )
      await bridge.again()
      assert.ok((await bridge.trail()).whole)

      assert.equal((await sam.take({ role: 'Admin' })).status, 401, 'the session is gone')
      assert.equal((await alice.get(bridge.url)).status, 303, 'that of the browser too')
      assert.equal((await alice.submit(usedAnswer)).status, 403, 'and the answer of before opens none')
      for (const name of ['otto', 'nora'])
        assert.equal((await new Person().signIn(bridge.url, name)).status, 403, `${name} is locked`)

      await sam.signIn('sam', look)
      assert.equal((await sam.take({ role: 'Admin' })).status, 403)
      assert.equal((await sam.api('GET', `/requests/${request}`)).body.state, 'ended')
      await adam.signIn('adam', look)
      const audrey = await Someone.of(bridge, 'audrey', look)
      const { body } = await audrey.api('GET', '/review/sign-offs')
      assert.match(JSON.stringify(body), /on-request/)
    })

    test('overwrites nothing: who was unlocked after it came back stays so when it is done once more', async () => {
      assert.equal((await adam.api('DELETE', '/locks?user=nora%40corp.example')).status, 200)
      await bridge.end()
      const { code, stderr } = await restore(...store.word)
      assert.equal(code, 0, stderr)
      assert.match(stderr, /Came back: 0 records of locks/)
      assert.match(stderr, /There already, and left as it is: 3 records of locks/)
      await bridge.again()
      assert.equal((await new Person().signIn(bridge.url, 'nora')).status, 200)
      assert.equal((await new Person().signIn(bridge.url, 'otto')).status, 403)
    })

    test('does not start on a store into which only a part came back, until the rest is there', async () => {
      await bridge.end()
      const url = store.url.replace('./', `${bridge.folder}/`)
      const half = await openStore(url, { clock: Date.now })
      await half.put('restore.under-way', 'begun')
      await half.close()
      await assert.rejects(bridge.again(), /a restore was begun and did not end/)
      assert.equal((await restore(...store.word)).code, 0)
      await bridge.again()
    })
  })
