import assert from 'node:assert/strict'
import { execFile, execFileSync, spawn } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { startDemoWorld } from '../../src/demo/index.ts'
import { ended, said } from '../cli/command-line.ts'
import { freePort } from '../free-port.ts'
import { Person } from '../person.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const run = promisify(execFile)

describe('the npm package, installed where nothing of this project is', () => {
  const home = mkdtempSync(join(tmpdir(), 'rolebridge-package-'))
  const prefix = join(home, 'prefix')
  const inside = join(prefix, 'lib/node_modules/rolebridge')
  const program = join(prefix, 'bin/rolebridge')
  const env = { PATH: process.env.PATH, HOME: home }
  let archive = ''
  before(async () => {
    await run(process.execPath, [join(root, 'scripts/build.mjs'), '--pack', home], { cwd: root })
    archive = join(home, readdirSync(home).find((name) => name.endsWith('.tgz')) ?? 'none')
    const args = ['install', '--global', '--prefix', prefix, '--ignore-scripts', '--no-audit', '--no-fund']
    await run('npm', [...args, archive], { cwd: home })
  })
  after(() => rmSync(home, { recursive: true }))

  test('holds the program, its pages and its examples, and nothing that only its makers need', () => {
    const listed = execFileSync('tar', ['-tzf', archive], { encoding: 'utf8' }).trim().split('\n')
    const tops = new Set(listed.map((name) => name.split('/')[1]))
    assert.deepEqual(
      [...tops].sort(),
      'CHANGELOG.md LICENSE README.md SECURITY.md certs dist docs examples package.json views'.split(' '),
    )
    assert.deepEqual(
      listed.filter((name) => /\.ts$|\.test\.|\.map$|(^|\/)(test|bench|scripts)\//.test(name)),
      [],
    )
    assert.ok(statSync(archive).size < 2_000_000, `${statSync(archive).size} bytes`)
    const names = readdirSync(join(inside, 'node_modules'))
    for (const name of ['typescript', 'esbuild', 'tsx', 'playwright-core', '@biomejs'])
      assert.ok(!names.includes(name), name)
  })

  test('brings a man page where man looks, and completions', () => {
    assert.match(readFileSync(join(prefix, 'share/man/man1/rolebridge.1'), 'utf8'), /^\.TH ROLEBRIDGE 1/)
    assert.match(readFileSync(join(inside, 'dist/completions/rolebridge.bash'), 'utf8'), /complete -/)
  })

  test('init writes a configuration that its check explains', async () => {
    const answers =
      '--provider okta --url https://aws.corp.example --mode reissue --region eu-west-1 --accounts 111122223333=prod'
    const made = await ended(spawn(program, ['init', ...answers.split(' ')], { cwd: home, env }))
    assert.equal(made.code, 0, made.stderr)
    assert.ok(readdirSync(home).includes('STEPS.md'))
  })

  test('serve signs people in without a file of the demo, and tells of no package’s worries', async () => {
    const folder = mkdtempSync(join(home, 'served-'))
    const ports = { bridge: await freePort(), idp: await freePort(), sts: await freePort() }
    const world = await startDemoWorld({ folder, ports, federation: 'reissue', clock: Date.now })
    rmSync(join(inside, 'dist/demo'), { recursive: true })
    const bridge = spawn(program, ['serve', '--config', world.configFile], { env })
    const end = ended(bridge)
    try {
      await said(bridge, /Rolebridge \S+ serves /)
      assert.match((await new Person().signIn(world.urls.bridge, 'alice')).text, /production/)
    } finally {
      bridge.kill('SIGTERM')
      await world.close()
    }
    const { code, stderr } = await end
    assert.equal(code, 0, stderr)
    assert.deepEqual(
      stderr.split('\n').filter((line) => / warn |Warning|deprecat/i.test(line)),
      [],
    )
  })
})
