import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdir, readFile, rename, rmdir, writeFile } from 'node:fs/promises'
import { Agent, request } from 'node:http'
import { join } from 'node:path'
import { afterEach, describe, test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { builtProgram } from '../built-program.ts'
import { type OwnProcess, startProcess } from '../own-process.ts'
import { Person } from '../person.ts'
import { Program } from './program.ts'
import { until } from './until.ts'

/** What a command of the program says. */
async function rolebridge(...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  const program = [await builtProgram(), ...args]
  return new Promise((resolve) =>
    execFile(process.execPath, program, { timeout: 120_000 }, (error, stdout, stderr) =>
      resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr }),
    ),
  )
}

describe('rolebridge serve --workers', () => {
  const closers: (() => Promise<unknown>)[] = []
  afterEach(async () => {
    for (const close of closers.splice(0).reverse()) await close()
  })
  const start = async (options: Parameters<typeof startProcess>[0] = {}) => {
    const bridge = await startProcess({ ...options, args: ['--workers', '2', ...(options.args ?? [])] })
    closers.push(() => bridge.close())
    return bridge
  }
  const metrics = async ({ url }: OwnProcess) => (await fetch(`${url}/metrics`)).text()
  const records = async (bridge: OwnProcess, type: string) =>
    (await bridge.trail()).text
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line))
      .filter((record) => record.type === type)
  /** Process ids of the workers, of those that serve now the last. */
  const workers = async ({ child }: OwnProcess): Promise<number[]> =>
    (await readFile(`/proc/${child.pid}/task/${child.pid}/children`, 'utf8')).trim().split(/\s+/).map(Number)

  test('is one bridge: one trail, one place for its figures, one end', async () => {
    const bridge = await start()
    assert.equal((await workers(bridge)).length, 2)
    for (let n = 0; n < 6; n++)
      assert.match((await new Person().signIn(bridge.url, 'alice')).text, /production/)
    const text = await metrics(bridge)
    assert.match(text, /^rolebridge_sign_ins_total\{idp="\w+",result="ok"\} 6$/m)
    assert.match(text, /^rolebridge_workers_serving 2$/m)
    for (const worker of ['1', '2', 'primary'])
      assert.match(text, new RegExp(`^process_resident_memory_bytes\\{worker="${worker}"\\} \\d+`, 'm'))
    assert.equal((await fetch(`${bridge.url}/readyz`)).status, 200)
    assert.equal(await bridge.end(), 0)
    const { text: trail, whole } = await bridge.trail()
    assert.equal(whole, true)
    for (const type of ['server_started', 'config_loaded', 'server_stopped'])
      assert.equal(trail.split(`"type":"${type}"`).length - 1, 1, type)
    assert.equal((await records(bridge, 'sign_in')).length, 6)
  })

  const change = async ({ world: { configFile } }: OwnProcess, by: (yaml: string) => string) =>
    writeFile(configFile, by(await readFile(configFile, 'utf8')))

  /** What each of some new connections is told, in turn by each worker. */
  const fingerprints = async ({ url }: OwnProcess) => {
    const texts = await Promise.all(
      Array.from({ length: 8 }, () => call(`${url}/healthz`, { agent: new Agent() })),
    )
    return new Set(texts.map(({ text }) => /configuration ([0-9a-f]{12})/.exec(text)?.[1]))
  }

  test('a configuration is taken by all workers or by none, and one answer says what became of it', async () => {
    const bridge = await start()
    const file = bridge.world.configFile
    const [before] = await fingerprints(bridge)
    await change(bridge, (yaml) => `${yaml}\nsession: { maxAge: 7h }\n`)
    const changed = await rolebridge('reload', '--config', file)
    assert.deepEqual([changed.code, changed.stderr], [0, ''])
    const after = [...(await fingerprints(bridge))]
    assert.equal(after.length, 1)
    assert.notEqual(after[0], before)
    assert.equal(changed.stdout, `Process ${bridge.child.pid} serves configuration ${after[0]}.\n`)

    // What only a worker finds out: an identity provider that people use cannot be loaded any more.
    await change(bridge, (yaml) =>
      yaml.replace(/metadata: http\S+/, 'metadata: https://127.0.0.1:1/metadata'),
    )
    const refused = await rolebridge('reload', '--config', file)
    assert.equal(refused.code, 5)
    assert.match(refused.stderr, /sign-ins work with \w+, and would not any more/)
    assert.doesNotMatch(refused.stderr, /another worker/)
    assert.equal(refused.stderr.split('sign-ins work with').length, 2, refused.stderr)
    assert.deepEqual([...(await fingerprints(bridge))], after)

    // A worker that starts anew serves what the others serve, whatever lies on the disk by now.
    const [first = 0] = await workers(bridge)
    process.kill(first, 'SIGKILL')
    await until(async () => (await metrics(bridge)).includes('rolebridge_workers_serving 2'))
    assert.deepEqual([...(await fingerprints(bridge))], after)
    assert.match((await new Person().signIn(bridge.url, 'alice')).text, /production/)
    assert.equal((await records(bridge, 'config_refused')).length, 1)
    assert.equal(await bridge.end(), 0)
    assert.equal((await bridge.trail()).whole, true)
  })

  test('limits count over all workers', async () => {
    const bridge = await start()
    const token = (await new Program(bridge).signIn('alice', new Person(), look)).body.access_token
    const ask = () =>
      call(`${bridge.url}/oauth/device_authorization`, {
        method: 'POST',
        agent: new Agent(),
        body: 'client_id=rolebridge-cli',
      })
    const counts = new Map<number, number>()
    for (let n = 0; n < 31; n++)
      for (const { status } of await Promise.all(Array.from({ length: 10 }, ask)))
        counts.set(status, (counts.get(status) ?? 0) + 1)
    assert.deepEqual(
      counts,
      new Map([
        [200, 299],
        [429, 11],
      ]),
    )
    const headers = { authorization: `Bearer ${token}` }
    const asked = []
    // Thirty a minute, and no more than two minutes have a part in it.
    for (let n = 0; n < 65; n++)
      asked.push((await call(`${bridge.url}/api/v1/audit`, { agent: new Agent(), headers })).status)
    assert.ok(asked.includes(429), asked.join())
    assert.ok(asked.filter((status) => status !== 429).length >= 30, asked.join())
  })

  test('new workers take over under load: no request fails, nobody signs in again', async () => {
    const bridge = await start()
    const { access_token: token } = (await new Program(bridge).signIn('alice', new Person(), look)).body
    const before = await workers(bridge)
    const failures: string[] = []
    let [answered, stopped] = [0, false]
    /** Often, and within the limits. */
    const loop = async (name: string, every: number, work: () => Promise<string | undefined>) => {
      while (!stopped) {
        const failure = await work().catch((error: Error) => `${error} ${error.cause ?? ''}`)
        if (failure !== undefined) failures.push(`${name}: ${failure}`)
        answered += 1
        await pause(every)
      }
    }
    const kept = (path: string, init: Omit<Parameters<typeof call>[1], 'agent'>, expected: number) => {
      const agent = new Agent({ keepAlive: true, maxSockets: 1 })
      closers.push(async () => agent.destroy())
      return async () => {
        const { status, text } = await call(bridge.url + path, { ...init, agent })
        return status === expected ? undefined : `${status} ${text}`
      }
    }
    const bearer = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
    const role = JSON.stringify({ role: 'arn:aws:iam::111122223333:role/Admin' })
    const started = await new Program(bridge).start()
    const poll = `grant_type=urn:ietf:params:oauth:grant-type:device_code&device_code=${started.body.device_code}&client_id=rolebridge-cli`
    const loops = [
      ...[1, 2, 3].map(() => loop('me', 20, kept('/api/v1/me', { headers: bearer }, 200))),
      loop(
        'hand-out',
        150,
        kept('/api/v1/credentials', { method: 'POST', headers: bearer, body: role }, 200),
      ),
      loop('poll', 300, kept('/oauth/token', { method: 'POST', body: poll }, 400)),
      ...[1, 2].map(() =>
        loop('sign-in', 500, async () => {
          const page = await new Person().signIn(bridge.url, 'alice')
          return /production/.test(page.text) ? undefined : `${page.status} ${page.text}`
        }),
      ),
    ]
    const restarted = await rolebridge('reload', '--restart', '--config', bridge.world.configFile)
    stopped = true
    await Promise.all(loops)
    assert.deepEqual(failures, [])
    assert.equal(restarted.stderr, '')
    assert.match(restarted.stdout, /serves configuration \w+, as before, by 2 new workers\.\n/)
    assert.ok(answered >= 200, `${answered} requests`)
    const text = await metrics(bridge)
    assert.match(text, /^rolebridge_workers_serving 2$/m)
    assert.match(text, /^rolebridge_worker_ends_total 0$/m)
    const now = await workers(bridge)
    assert.equal(now.filter((pid) => !before.includes(pid)).length, 2)
    assert.equal(await bridge.end(), 0)
    const left = [...before, ...now].filter(isAlive)
    assert.deepEqual(left, [])
    assert.equal((await bridge.trail()).whole, true)
  })

  test('a worker that is killed takes nothing along that was accepted, and the machine goes on', async () => {
    const bridge = await start()
    const people = await Promise.all(
      Array.from({ length: 4 }, async () => {
        const person = new Person()
        assert.match((await person.signIn(bridge.url, 'alice')).text, /production/)
        return person
      }),
    )
    for (const pid of await workers(bridge)) process.kill(pid, 'SIGKILL')
    await until(async () => (await metrics(bridge)).includes('rolebridge_workers_serving 2'))
    for (const person of people) assert.match((await person.get(bridge.url)).text, /production/)
    const text = await metrics(bridge)
    assert.match(text, /^rolebridge_worker_ends_total 2$/m)
    // What was counted stays counted.
    assert.match(text, /^rolebridge_sign_ins_total\{idp="\w+",result="ok"\} 4$/m)
    assert.match(bridge.said(), /a worker ended .*how=SIGKILL/)
    assert.equal(await bridge.end(), 0)
    assert.equal((await bridge.trail()).whole, true)
  })

  test('while the trail cannot be written, no worker lets anybody in, and each does when it can again', async () => {
    const bridge = await start()
    const file = join(bridge.folder, 'audit.jsonl')
    await rename(file, `${file}.1`)
    await mkdir(file)
    for (let n = 0; n < 4; n++) assert.equal((await new Person().signIn(bridge.url, 'alice')).status, 503)
    await rmdir(file)
    await rename(`${file}.1`, file)
    for (let n = 0; n < 4; n++)
      assert.match((await new Person().signIn(bridge.url, 'alice')).text, /production/)
    assert.equal((await records(bridge, 'sign_in')).length, 4)
    assert.equal(await bridge.end(), 0)
    assert.equal((await bridge.trail()).whole, true)
  })

  test('nobody waits for a worker that died with a connection on the way to it', async () => {
    const bridge = await start()
    const [first = 0] = await workers(bridge)
    process.kill(first, 'SIGSTOP')
    let settled = 0
    const asked = Array.from({ length: 6 }, () =>
      call(`${bridge.url}/healthz`, { agent: new Agent() })
        .then(({ status }) => assert.equal(status, 200))
        .catch((error) => assert.match(String(error), /ECONNRESET|socket hang up/))
        .finally(() => {
          settled += 1
        }),
    )
    await until(() => settled >= 4)
    process.kill(first, 'SIGKILL')
    await until(() => settled === 6)
    await Promise.all(asked)
    assert.equal(await bridge.end(), 0)
  })

  test('when the primary is killed its workers end, and what was accepted is in the trail', async () => {
    const bridge = await start()
    const alice = new Person()
    assert.match((await alice.signIn(bridge.url, 'alice')).text, /production/)
    const pids = await workers(bridge)
    await bridge.end('SIGKILL')
    await until(() => !pids.some(isAlive))
    assert.equal((await records(bridge, 'sign_in')).length, 1)
    await bridge.again()
    assert.match((await alice.get(bridge.url)).text, /production/)
    assert.equal(await bridge.end(), 0)
    assert.equal((await bridge.trail()).whole, true)
  })

  test('a signal to the whole group, as of a terminal or a service manager, drains once', async () => {
    const bridge = await start()
    const pids = await workers(bridge)
    for (const pid of pids)
      for (const name of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.kill(pid, name)
    assert.equal((await fetch(`${bridge.url}/readyz`)).status, 200)
    assert.deepEqual(await workers(bridge), pids)
    bridge.child.kill('SIGUSR2')
    await until(() => bridge.said().includes('new workers serve'), 60)
    assert.equal(await bridge.end('SIGINT'), 0)
    assert.equal((await records(bridge, 'server_stopped')).length, 1)
  })

  test('what waits for its turn when the bridge ends is not done behind the end', async () => {
    const bridge = await start()
    bridge.child.kill('SIGUSR2')
    await until(async () => (await records(bridge, 'config_loaded')).length === 2)
    bridge.child.kill('SIGHUP')
    bridge.child.kill('SIGUSR2')
    assert.equal(await bridge.end(), 0)
    assert.equal((await records(bridge, 'config_loaded')).length, 2)
    assert.match((await bridge.trail()).text.trimEnd().split('\n').at(-1) ?? '', /"type":"server_stopped"/)
    // Nor does it say that somebody goes on, or call it a fault, where the end cut the restart short.
    assert.doesNotMatch(bridge.said(), /goes on|before it served/)
  })

  test('a start that cannot succeed says why and leaves nothing running', async () => {
    const bridge = await start()
    const args = ['serve', '--config', bridge.world.configFile, '--workers', '2']
    const taken = await rolebridge(...args)
    assert.equal(taken.code, 4)
    assert.match(taken.stderr, /cannot listen on \S+: another process listens there/)
    for (const wrong of ['0', '129', 'two', '1.5']) {
      const { code, stderr } = await rolebridge('serve', '--workers', wrong)
      assert.equal(code, 5)
      assert.match(stderr, /must be a number from 1 to 128, or auto/)
    }
    const alone = await startProcess({})
    closers.push(() => alone.close())
    const asked = await rolebridge('reload', '--restart', '--config', alone.world.configFile)
    assert.equal(asked.code, 5)
    assert.match(asked.stderr, /it serves without workers/)
  })
})

const look = () => pause(1100)

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

/** One request by an agent of its own, so that the test says which connection it takes. */
function call(
  url: string,
  {
    method = 'GET',
    agent,
    headers = {},
    body = '',
  }: {
    readonly method?: string
    readonly agent: Agent
    readonly headers?: Readonly<Record<string, string>>
    readonly body?: string
  },
): Promise<{ readonly status: number; readonly text: string }> {
  const form = { 'content-type': 'application/x-www-form-urlencoded' }
  return new Promise((resolve, reject) => {
    const asking = request(url, { method, agent, headers: { ...(body !== '' && form), ...headers } })
    asking.on('error', reject)
    asking.on('response', (response) => {
      let text = ''
      response.on('data', (chunk) => {
        text += chunk
      })
      response.on('error', reject)
      response.on('end', () => resolve({ status: response.statusCode ?? 0, text }))
    })
    asking.end(body)
  })
}
