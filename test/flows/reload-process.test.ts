import assert from 'node:assert/strict'
import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { appendFile, mkdir, readdir, readFile, rename, stat, symlink, writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { join } from 'node:path'
import { afterEach, describe, test } from 'node:test'
import { builtProgram } from '../built-program.ts'
import { type OwnProcess, startProcess } from '../own-process.ts'
import { Person } from '../person.ts'
import { until } from './until.ts'

const reload = (...args: string[]) => rolebridge('reload', ...args)

/** What a command of the program says. */
async function rolebridge(...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  const program = [await builtProgram(), ...args]
  return new Promise((resolve) =>
    execFile(process.execPath, program, { timeout: 60_000 }, (error, stdout, stderr) =>
      resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr }),
    ),
  )
}

describe('a process that reads its configuration again', () => {
  const closers: (() => Promise<unknown>)[] = []
  afterEach(async () => {
    for (const close of closers.splice(0).reverse()) await close()
  })
  const start = async (options: Parameters<typeof startProcess>[0] = {}) => {
    const bridge = await startProcess(options)
    closers.push(() => bridge.close())
    return bridge
  }
  const change = async ({ world: { configFile } }: OwnProcess, by: (yaml: string) => string) =>
    writeFile(configFile, by(await readFile(configFile, 'utf8')))
  const configurationOf = async ({ url }: OwnProcess) =>
    /^configuration ([0-9a-f]{12})$/m.exec(await (await fetch(`${url}/healthz`)).text())?.[1]
  const records = async (bridge: OwnProcess, type: string) =>
    (await bridge.trail()).text
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line))
      .filter((record) => record.type === type)
  const slower = (yaml: string) => `${yaml}\nsession: { maxAge: 7h }\n`

  test('SIGHUP puts a changed file into use, and nobody has to sign in again', async () => {
    const bridge = await start()
    const alice = new Person()
    assert.match((await alice.signIn(bridge.url, 'alice')).text, /production/)
    const before = await configurationOf(bridge)
    await change(bridge, slower)
    bridge.child.kill('SIGHUP')
    await until(async () => (await configurationOf(bridge)) !== before)
    assert.equal((await alice.get(bridge.url)).status, 200)
    const [first, second] = await records(bridge, 'config_loaded')
    assert.deepEqual([second.trigger, second.before], ['signal', first.fingerprint])
    assert.ok(second.fingerprint.startsWith(await configurationOf(bridge)))
    assert.equal(await bridge.end(), 0)
    assert.equal((await bridge.trail()).whole, true)
  })

  test('a faulty file changes nothing: every fault stands in log, trail and metrics, and the node stays ready', async () => {
    const bridge = await start()
    const before = await configurationOf(bridge)
    await change(bridge, (yaml) =>
      `${yaml}\nsesion: { maxAge: 7h }\nlisten: 127.0.0.1:1\n`.replace(/^listen: .*\n/m, ''),
    )
    bridge.child.kill('SIGHUP')
    await until(async () => (await records(bridge, 'config_refused')).length === 1)
    const [{ faults, trigger }] = await records(bridge, 'config_refused')
    assert.equal(trigger, 'signal')
    assert.equal(faults.length, 2)
    assert.match(faults[0], /^\S+rolebridge\.yaml:\d+:1 sesion: unknown key/)
    assert.match(faults[1], /^\S+rolebridge\.yaml:\d+:1 listen: restart to change listen$/)
    for (const fault of faults) assert.ok(bridge.said().includes(fault))
    assert.equal(await configurationOf(bridge), before)
    assert.equal((await fetch(`${bridge.url}/readyz`)).status, 200)
    const metrics = await (await fetch(`${bridge.url}/metrics`)).text()
    assert.match(metrics, /^rolebridge_config_refused 1$/m)
    assert.match(metrics, /^rolebridge_config_loads_total\{result="refused"\} 1$/m)
    assert.ok(metrics.includes(`rolebridge_config_info{fingerprint="${before}"} 1`))
  })

  test('`rolebridge reload` waits, says what became of it, and fails when it was refused', async () => {
    const bridge = await start()
    const file = bridge.world.configFile
    const same = await reload('--config', file)
    assert.deepEqual([same.code, same.stderr], [0, ''])
    const now = await configurationOf(bridge)
    assert.equal(same.stdout, `Process ${bridge.child.pid} serves configuration ${now}, as before.\n`)
    const checked = await rolebridge('check', '--config', file, '--json')
    assert.equal(JSON.parse(checked.stdout).fingerprint, now)

    await change(bridge, slower)
    const changed = await reload('--config', file)
    assert.equal(changed.code, 0)
    assert.notEqual(await configurationOf(bridge), now)
    assert.ok(changed.stdout.includes(`serves configuration ${await configurationOf(bridge)}.`))

    await change(bridge, (yaml) => yaml.replace('maxAge: 7h', 'maxAge: 700h'))
    const refused = await reload('--config', file)
    assert.equal(refused.code, 5)
    assert.match(refused.stderr, /rolebridge\.yaml:\d+:\d+ session\.maxAge: must be between/)
    assert.match(refused.stderr, /refused it; nothing changed\./)
    const asJson = await reload('--config', file, '--json')
    assert.equal(asJson.code, 5)
    assert.equal(JSON.parse(asJson.stdout).processes[0].ok, false)
  })

  test('the control socket is for its own user alone, and goes with the process', async () => {
    const bridge = await start()
    const data = join(bridge.folder, 'data')
    const sockets = async () => (await readdir(data)).filter((name) => name.endsWith('.sock'))
    const [socket = ''] = await sockets()
    assert.equal((await stat(join(data, socket))).mode & 0o777, 0o600)
    // Whoever says anything else is not listened to.
    for (const words of ['stop\n', 'reload', `reload\n${'x'.repeat(100_000)}`]) {
      const caller = connect(join(data, socket)).on('error', () => {})
      const closed = new Promise((resolve) => caller.once('close', resolve))
      caller.resume().end(words)
      await closed
    }
    assert.equal((await fetch(`${bridge.url}/readyz`)).status, 200)
    assert.equal((await records(bridge, 'config_loaded')).length, 1)
    assert.equal(await bridge.end(), 0)
    assert.deepEqual(await sockets(), [])
  })

  test('what a killed process left is no bridge, and is taken away', async () => {
    const bridge = await start()
    assert.equal(await bridge.end('SIGKILL'), null)
    const data = join(bridge.folder, 'data')
    const sockets = async () => (await readdir(data)).filter((name) => name.endsWith('.sock'))
    assert.equal((await sockets()).length, 1)
    const { code, stderr } = await reload('--control', data)
    assert.equal(code, 4)
    assert.match(stderr, /No bridge that runs has its control socket in/)
    assert.deepEqual(await sockets(), [])
  })

  test('SIGHUP during the start and during the end does no harm', async () => {
    const bridge = await start()
    const args = [await builtProgram(), 'serve', '--config', bridge.world.configFile]
    assert.equal(await bridge.end(), 0)
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'ignore', 'pipe'] })
    closers.push(async () => child.kill('SIGKILL'))
    let said = ''
    child.stderr?.on('data', (chunk) => {
      said += chunk
    })
    // No longer than it says that this is too late: in its very last moment Node itself hears no signal any more.
    const late = () => /SIGHUP changes nothing any more|server stopped/.test(said)
    const hangUp = setInterval(() => said.includes('server started') && !late() && child.kill('SIGHUP'), 5)
    try {
      await until(() => /Rolebridge \S+ serves /.test(said))
      await until(() => /config loaded .*trigger=signal/.test(said))
      child.kill('SIGTERM')
      const [code, signal] = await once(child, 'exit')
      // One that was sent before its last words were read here may meet Node without its handlers: all is done by then.
      if (signal !== null) assert.match(said, /server stopped/)
      assert.ok(code === 0 || signal === 'SIGHUP', `${code} ${signal}: ${said}`)
      assert.equal((await bridge.trail()).whole, true)
    } finally {
      clearInterval(hangUp)
    }
  })

  test('with `watch` a file that a pattern of `include` means counts as soon as it is there', async () => {
    const bridge = await start({
      config: (yaml) => `${yaml}\nwatch: true\ninclude: ['rules*.yaml']\n`,
      prepare: (folder) => writeFile(join(folder, 'rules-a.yaml'), '[]\n'),
    })
    const before = await configurationOf(bridge)
    const rule =
      "- { id: more, match: { groups: '^x$' }, grant: { role: 'arn:aws:iam::111122223333:role/More' } }\n"
    await writeFile(join(bridge.folder, 'rules-b.yaml'), rule)
    await until(async () => (await configurationOf(bridge)) !== before)
    const [first, second] = await records(bridge, 'config_loaded')
    assert.deepEqual([second.rules - first.rules, second.trigger], [1, 'watch'])
  })

  test('with `watch` a file that is replaced takes effect by itself, whichever way it is replaced', async () => {
    const bridge = await start({ config: (yaml) => `${yaml}\nwatch: true\n` })
    const file = bridge.world.configFile
    const step = async (act: () => Promise<unknown>) => {
      const before = await configurationOf(bridge)
      await act()
      await until(async () => (await configurationOf(bridge)) !== before)
    }
    await step(() => change(bridge, (yaml) => `${yaml}session: { maxAge: 7h }\n`))
    // As editors do: the new one beside, then renamed over.
    const replaced = (await readFile(file, 'utf8')).replace('maxAge: 7h', 'maxAge: 6h')
    await writeFile(`${file}~`, replaced, { mode: 0o600 })
    await step(() => rename(`${file}~`, file))
    // As Kubernetes does: the name leads through a link to a folder, and the link is exchanged.
    const volume = async (name: string, text: string) => {
      await mkdir(join(bridge.folder, name))
      await writeFile(join(bridge.folder, name, 'demo.yaml'), text, { mode: 0o600 })
    }
    await volume('..one', replaced.replace('maxAge: 6h', 'maxAge: 5h'))
    await symlink('..one', join(bridge.folder, '..data'))
    await symlink('..data/demo.yaml', `${file}~`)
    await step(() => rename(`${file}~`, file))
    await volume('..two', replaced.replace('maxAge: 6h', 'maxAge: 4h'))
    await symlink('..two', join(bridge.folder, '..data_tmp'))
    await step(() => rename(join(bridge.folder, '..data_tmp'), join(bridge.folder, '..data')))
    // A fault is told, and mended by the next change.
    await appendFile(file, 'nonsense: true\n')
    await until(async () => (await records(bridge, 'config_refused')).length === 1)
    await step(() => writeFile(file, replaced.replace('maxAge: 6h', 'maxAge: 3h')))
    assert.equal((await records(bridge, 'config_refused')).length, 1)
    const triggers = (await records(bridge, 'config_loaded')).map(({ trigger }) => trigger)
    assert.deepEqual(triggers, ['start', 'watch', 'watch', 'watch', 'watch', 'watch'])
  })
})
