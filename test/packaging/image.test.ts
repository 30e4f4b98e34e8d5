import assert from 'node:assert/strict'
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { type DemoWorld, startDemoWorld } from '../../src/demo/index.ts'
import { ended } from '../cli/command-line.ts'
import { until } from '../flows/until.ts'
import { freePort } from '../free-port.ts'
import { Person } from '../person.ts'
import { startRedis } from '../store/redis-server.ts'

const image = process.env.UNPACKED_IMAGE

interface ImageConfig {
  readonly Entrypoint: readonly string[]
  readonly Cmd: readonly string[]
  readonly Env: readonly string[]
  readonly User: string
  readonly WorkingDir: string
  readonly Healthcheck: { readonly Test: readonly string[] }
}

/** A mount of an OCI runtime. */
const bind = (source: string, destination: string, mode: 'ro' | 'rw') => ({
  ...{ destination, source, type: 'bind' },
  options: ['bind', mode, 'nosuid', 'nodev'],
})

describe('the container image', { skip: image ? false : '`npm run image` builds it and runs this.' }, () => {
  const folder = mkdtempSync(join(tmpdir(), 'rolebridge-image-'))
  const state = join(folder, 'state')
  let world: DemoWorld
  let config: ImageConfig
  let ports: { readonly bridge: number; readonly idp: number; readonly sts: number }
  before(async () => {
    config = JSON.parse(readFileSync(`${image}.json`, 'utf8'))
    ports = { bridge: await freePort(), idp: await freePort(), sts: await freePort() }
    const at = join(folder, 'config')
    world = await startDemoWorld({ folder: at, ports, federation: 'reissue', clock: Date.now })
    const yaml = readFileSync(world.configFile, 'utf8')
    const moved = yaml
      .replace('embedded:./data', 'embedded:/var/lib/rolebridge/data')
      .replace('file: audit.jsonl', 'file: /var/lib/rolebridge/audit.jsonl')
    writeFileSync(world.configFile, moved)
    mkdirSync(state, { mode: 0o700 })
    execFileSync('chown', ['-R', config.User, at, state])
  })
  after(async () => {
    await world?.close()
    rmSync(folder, { recursive: true })
  })

  /** Starts words in the image as it is: its user, no capability, a file system that nobody may write to. */
  function start(
    name: string,
    args: readonly string[],
    { env = [], writable = true }: { env?: readonly string[]; writable?: boolean } = {},
  ): ChildProcess {
    const bundle = join(folder, name)
    mkdirSync(bundle)
    execFileSync('crun', ['spec'], { cwd: bundle })
    const spec = JSON.parse(readFileSync(join(bundle, 'config.json'), 'utf8'))
    const [uid, gid] = config.User.split(':').map(Number)
    const none = { bounding: [], effective: [], permitted: [], inheritable: [], ambient: [] }
    Object.assign(spec.process, { terminal: false, user: { uid, gid }, args, cwd: config.WorkingDir })
    Object.assign(spec.process, { env: [...config.Env, ...env], capabilities: none, noNewPrivileges: true })
    spec.root = { path: image, readonly: true }
    spec.mounts = spec.mounts.filter(({ type }: { type: string }) => type !== 'cgroup')
    spec.mounts.push(bind(join(folder, 'config'), '/etc/rolebridge', 'ro'))
    // What every runtime gives a container; a bare one leaves it to its caller.
    spec.mounts.push(bind('/etc/hosts', '/etc/hosts', 'ro'))
    spec.mounts.push(bind(state, '/var/lib/rolebridge', writable ? 'rw' : 'ro'))
    // The identity provider and the STS are on this machine's loopback.
    const own = ['pid', 'ipc', 'uts', 'mount'].map((type) => ({ type }))
    spec.linux = { ...spec.linux, namespaces: own, resources: undefined }
    writeFileSync(join(bundle, 'config.json'), JSON.stringify(spec))
    // crun refuses machines with both kinds of cgroups, of which nothing here needs one.
    const run = `mount -t tmpfs none /sys/fs/cgroup && exec crun --root '${folder}/crun' --cgroup-manager=disabled run --bundle '${bundle}' '${name}-${ports.bridge}'`
    return spawn('unshare', ['--mount', 'sh', '-c', run], { stdio: ['ignore', 'pipe', 'pipe'] })
  }

  const healthy = (name: string, port: number) =>
    ended(
      start(name, config.Healthcheck.Test.slice(1), { env: [`HEALTH_URL=http://127.0.0.1:${port}/healthz`] }),
    )

  /** Somebody signs in at what was started, which then ends in order; answers its standard output. */
  async function signInAt(bridge: ChildProcess, meanwhile: () => Promise<void>): Promise<string> {
    const end = ended(bridge)
    const ready = async () => (await fetch(`${world.urls.bridge}/readyz`)).status === 200
    try {
      await until(ready, 60).catch(async () => {
        bridge.kill('SIGTERM')
        assert.fail((await end).stderr)
      })
      assert.match((await new Person().signIn(world.urls.bridge, 'alice')).text, /production/)
      await meanwhile()
    } finally {
      bridge.kill('SIGTERM')
    }
    const { code, stdout, stderr } = await end
    assert.equal(code, 0, stderr)
    return stdout
  }

  test('says its version', async () => {
    const { code, stdout, stderr } = await ended(start('version', [...config.Entrypoint, '--version']))
    assert.deepEqual([code, /^\d+\.\d+\.\d+\n$/.test(stdout)], [0, true], stderr)
  })

  test('holds no file that its user may change, and nothing of those who make it', () => {
    const own = execFileSync('find', [
      image ?? '',
      '-xdev',
      '-uid',
      config.User.split(':')[0] ?? '',
      '-type',
      'f',
    ])
    assert.equal(String(own), '')
    const inside = readdirSync(join(image ?? '', 'opt/rolebridge'))
    for (const name of ['test', 'src', 'scripts', 'bench']) assert.ok(!inside.includes(name), name)
    for (const name of ['typescript', 'esbuild', 'tsx'])
      assert.ok(!existsSync(join(image ?? '', 'opt/rolebridge/node_modules', name)), name)
  })

  test('signs people in without root, capabilities or a file system to write to, says that it is healthy, and ends in order', async () => {
    assert.equal((await healthy('early', ports.bridge)).code, 1)
    await signInAt(start('bridge', [...config.Entrypoint, ...config.Cmd]), async () => {
      const { code, stderr } = await healthy('healthy', ports.bridge)
      assert.equal(code, 0, stderr)
    })
    assert.match(readFileSync(join(state, 'audit.jsonl'), 'utf8'), /"type":"server_stopped"/)
  })

  test('with a Redis and the trail on standard output it needs no place to write to at all, as in the Compose file', async () => {
    const redis = await startRedis()
    try {
      const yaml = readFileSync(world.configFile, 'utf8')
        .replace(/^store: .*$/m, `store: redis://127.0.0.1:${redis.port}`)
        .replace(/^audit: .*$/m, 'audit: { stdout: true }')
      writeFileSync(world.configFile, yaml)
      const bridge = start('redis', [...config.Entrypoint, ...config.Cmd], { writable: false })
      const trail = await signInAt(bridge, async () => {})
      assert.match(trail, /"type":"sign_in"[\s\S]*"type":"server_stopped"/)
    } finally {
      await redis.stop()
    }
  })
})
