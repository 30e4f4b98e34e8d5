import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { constants } from 'node:fs'
import { open, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, describe, test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { builtProgram } from '../built-program.ts'
import { freePort } from '../free-port.ts'
import { type OwnProcess, startProcess } from '../own-process.ts'
import { Person } from '../person.ts'
import { startRedis } from '../store/redis-server.ts'
import { until } from './until.ts'

const toStdout = (yaml: string) => yaml.replace(/^audit: .*\n/m, '')

describe('rolebridge serve, as a process', () => {
  const closers: (() => Promise<unknown>)[] = []
  afterEach(async () => {
    for (const close of closers.splice(0).reverse()) await close()
  })
  const start = async (options: Parameters<typeof startProcess>[0]) => {
    const bridge = await startProcess(options)
    closers.push(() => bridge.close())
    return bridge
  }
  const status = async (bridge: OwnProcess, path: string) => (await fetch(bridge.url + path)).status

  /** A refusal that names a request id, and the process lives on. */
  async function refusesAndLives(bridge: OwnProcess) {
    const page = await new Person().signIn(bridge.url, 'alice')
    assert.equal(page.status, 503)
    assert.match(page.text, /while the audit trail cannot be written/)
    assert.ok(page.text.includes(page.headers.get('x-request-id') ?? 'none'))
    assert.equal(await status(bridge, '/readyz'), 503)
    assert.equal(await status(bridge, '/healthz'), 200)
  }

  /** Nobody restarted anything. */
  async function worksAgain(bridge: OwnProcess) {
    assert.equal(await status(bridge, '/readyz'), 200)
    assert.match((await new Person().signIn(bridge.url, 'alice')).text, /production/)
    assert.equal(await bridge.end(), 0)
  }

  test('whoever reads its standard output may go: people are refused until somebody reads again', async () => {
    const pipe = join('/tmp', `rolebridge-stdout-${process.pid}-${Date.now()}`)
    assert.equal(spawnSync('mkfifo', [pipe]).status, 0)
    const openReader = () => open(pipe, constants.O_RDONLY | constants.O_NONBLOCK)
    const reader = await openReader()
    const writer = await open(pipe, constants.O_WRONLY)
    closers.push(async () => spawnSync('rm', [pipe]))
    const bridge = await start({ config: toStdout, stdout: writer.fd })
    await writer.close()
    assert.match((await new Person().signIn(bridge.url, 'alice')).text, /production/)
    await reader.close()
    await refusesAndLives(bridge)
    const next = await openReader()
    closers.push(() => next.close())
    await worksAgain(bridge)
  })

  test('a pipe that nobody can read again refuses people for good, and a signal still ends it in order', async () => {
    const bridge = await start({ config: toStdout, stdout: 'pipe' })
    const [first] = await once(bridge.child.stdout as NodeJS.ReadableStream, 'data')
    assert.match(String(first), /server_started/)
    bridge.child.stdout?.destroy()
    await refusesAndLives(bridge)
    assert.equal(await bridge.end(), 0)
  })

  const besideFile = (yaml: string) => yaml.replace(/^audit: .*$/m, 'audit: { file: audit.jsonl }')

  test('with the trail in a file, whoever reads standard output may go for good: people notice nothing', async () => {
    const bridge = await start({ config: besideFile, stdout: 'pipe' })
    await once(bridge.child.stdout as NodeJS.ReadableStream, 'data')
    bridge.child.stdout?.destroy()
    for (const name of ['alice', 'bob'])
      assert.match((await new Person().signIn(bridge.url, name)).text, /Pick a role|production|sandbox/)
    assert.equal(await status(bridge, '/readyz'), 200)
    const { text, whole } = await bridge.trail()
    assert.equal(text.match(/a copy of the audit trail cannot be written/g)?.length, 1)
    assert.match(text, /“stdout” could not write: EPIPE/)
    assert.equal(whole, true)
    assert.match(bridge.said(), /a copy of the audit trail cannot be written/)
    assert.equal(await bridge.end(), 0)
  })

  test('with the trail in a file, a reader of standard output who stands still holds nobody up, and is told of the gap', async () => {
    const pipe = join('/tmp', `rolebridge-stdout-${process.pid}-${Date.now()}`)
    assert.equal(spawnSync('mkfifo', [pipe]).status, 0)
    closers.push(async () => spawnSync('rm', [pipe]))
    const reader = await open(pipe, constants.O_RDONLY | constants.O_NONBLOCK)
    closers.push(() => reader.close())
    const writer = await open(pipe, constants.O_WRONLY | constants.O_NONBLOCK)
    closers.push(() => writer.close())
    const bridge = await start({ config: besideFile, stdout: writer.fd })
    const filling = Buffer.alloc(4096, 'x\n')
    for (;;) if ((await writer.write(filling).catch(() => ({ bytesWritten: 0 }))).bytesWritten === 0) break
    for (let n = 0; n < 3; n++) {
      const page = await new Person().signIn(bridge.url, 'alice')
      assert.match(page.text, /production/)
    }
    assert.equal(await status(bridge, '/readyz'), 200)
    let heard = ''
    await until(async () => {
      const { buffer, bytesRead } = await reader
        .read(Buffer.alloc(65_536))
        .catch(() => ({ buffer: Buffer.alloc(0), bytesRead: 0 }))
      heard += buffer.subarray(0, bytesRead)
      if (!heard.includes('sign_in')) return false
      if (!heard.includes('is written again')) await new Person().signIn(bridge.url, 'alice')
      return heard.includes('is written again')
    })
    assert.match(heard, /“stdout” lacks up to \d+ events, from/)
    assert.equal(await bridge.end(), 0)
  })

  test('a reader of its log that goes away ends nothing', async () => {
    const bridge = await start({})
    bridge.child.stderr?.destroy()
    for (let n = 0; n < 3; n++) assert.equal(await status(bridge, '/api/v1/me'), 401)
    assert.match((await new Person().signIn(bridge.url, 'alice')).text, /production/)
    assert.equal(await bridge.end(), 0)
  })

  test('a disk that is full under the audit file refuses people until there is room', {
    skip: spawnSync('prlimit', ['--version']).error !== undefined,
  }, async () => {
    const redis = await startRedis()
    closers.push(() => redis.stop())
    const bridge = await start({
      config: (yaml) => yaml.replace(/^store: .*$/m, `store: redis://127.0.0.1:${redis.port}`),
    })
    const file = join(bridge.folder, 'audit.jsonl')
    const limit = (bytes: string) => {
      const { status } = spawnSync('prlimit', [`--pid=${bridge.child.pid}`, `--fsize=${bytes}:unlimited`])
      assert.equal(status, 0)
    }
    // The people's provider and the jobs': after both nothing is written by itself.
    await until(async () => (await bridge.trail()).text.match(/metadata_loaded/g)?.length === 2)
    const { size } = await stat(file)
    limit(String(size + 100))
    await refusesAndLives(bridge)
    assert.equal((await stat(file)).size, size)
    limit('unlimited')
    await worksAgain(bridge)
    const { text, whole } = await bridge.trail()
    assert.match(text, /the audit trail is written again/)
    assert.equal(whole, true)
  })

  test('with --json-log every line is JSON, warnings of Node and of packages too', async () => {
    const worry = `process.emitWarning('a package\\nis worried', 'PackageWarning')`
    const bridge = await start({
      args: ['--json-log'],
      node: ['--import', `data:text/javascript,process.on('SIGUSR2', () => ${worry})`],
    })
    await new Person().signIn(bridge.url, 'alice')
    await new Person().post(`${bridge.url}/saml/acs`, { SAMLResponse: 'garbage' })
    bridge.child.kill('SIGHUP')
    bridge.child.kill('SIGUSR2')
    await until(() => /"trigger":"signal"/.test(bridge.said()) && /PackageWarning/.test(bridge.said()))
    assert.equal(await bridge.end(), 0)
    const lines = bridge.said().trimEnd().split('\n')
    for (const line of lines) {
      const { level, time, message } = JSON.parse(line)
      assert.deepEqual([typeof level, typeof time, typeof message], ['string', 'string', 'string'], line)
    }
    assert.match(bridge.said(), /"name":"PackageWarning".*"message":"a package is worried"/)
    // Advice of the AWS SDK for who builds the program; Node 20 earns it.
    assert.doesNotMatch(bridge.said(), /AWS SDK/)
  })

  test('a signal to end that comes while it starts ends it in order, once it has started', async () => {
    const bridge = await start({})
    assert.equal(await bridge.end(), 0)
    const args = [await builtProgram(), 'serve', '--config', bridge.world.configFile]
    const again = spawn(process.execPath, args, { stdio: 'ignore' })
    closers.push(async () => again.kill('SIGKILL'))
    const exited = once(again, 'exit')
    // The port is open before everything behind it is there.
    while (!(await fetch(`${bridge.url}/healthz`).catch(() => undefined))?.ok) await pause(1)
    again.kill('SIGTERM')
    assert.deepEqual(await exited, [0, null])
    const { text, whole } = await bridge.trail()
    assert.equal(text.match(/"type":"server_stopped"/g)?.length, 2)
    assert.equal(whole, true)
  })

  test('a start that fails is told in JSON as well, with the same exit code', async () => {
    const program = await builtProgram()
    const serve = (file: string) => {
      const args = [program, 'serve', '--json-log', '--config', file]
      const { status, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8', timeout: 30_000 })
      return {
        status,
        lines: stderr
          .trimEnd()
          .split('\n')
          .map((line) => JSON.parse(line)),
      }
    }
    const none = serve(`/tmp/rolebridge-${await freePort()}/none.yaml`)
    assert.equal(none.status, 5)
    assert.match(none.lines.at(-1)?.message, /does not exist/)
    const bridge = await start({})
    const taken = serve(bridge.world.configFile)
    assert.equal(taken.status, 4)
    assert.equal(taken.lines.at(-1)?.level, 'error')
  })

  test('what happened stands once on the screen: in the trail, or in the log when the trail is a file', async () => {
    const bridge = await start({ config: toStdout, stdout: 'pipe' })
    let trail = ''
    bridge.child.stdout?.on('data', (chunk) => {
      trail += chunk
    })
    await new Person().signIn(bridge.url, 'alice')
    const refused = await new Person().post(`${bridge.url}/saml/acs`, { SAMLResponse: 'garbage' })
    const other = await new Person().get(`${bridge.url}/nothing`)
    assert.equal(await bridge.end(), 0)
    const both = trail + bridge.said()
    assert.equal(both.match(/sign.in\b(?!.refused)/g)?.length, 1)
    for (const page of [refused, other]) {
      assert.equal(both.split(page.headers.get('x-request-id') ?? 'none').length - 1, 1, both)
    }
    // The people's provider and the jobs' are loaded, each once.
    const times = { server_started: 1, config_loaded: 1, metadata_loaded: 2, server_stopped: 1 }
    for (const [type, count] of Object.entries(times))
      assert.equal(both.match(new RegExp(type.replace('_', '[_ ]'), 'g'))?.length, count, type)
  })
})
