import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import {
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, test } from 'node:test'
import { loadConfig } from '../../src/config.ts'
import { type Answers, install, readAnswers } from '../../src/init/index.ts'
import { builtProgram } from '../built-program.ts'
import { ended, until } from '../cli/command-line.ts'
import { atTerminal, hasTerminals } from '../cli/pseudo-terminal.ts'
import { mountSmallDisk, noSmallDisk } from '../small-disk.ts'

const root = mkdtempSync(join(tmpdir(), 'rolebridge-init-'))
after(() => rmSync(root, { recursive: true }))

const answers: Answers = {
  kind: 'adfs',
  baseUrl: 'https://bridge.firm.example',
  federation: 'reissue',
  region: 'eu-west-1',
  accounts: [{ id: '222233334444', name: 'prod' }],
}
const into = (folder: string, changes: Partial<Answers> = {}) =>
  install({ ...answers, ...changes }, { folder, now: Date.now(), random: randomBytes })

describe('a folder that init is given', () => {
  test('keeps a link that leads nowhere: it is somebody’s file to be', async () => {
    const folder = mkdtempSync(join(root, 'dangling-'))
    symlinkSync('/nowhere/at/all', join(folder, 'rolebridge.yaml'))
    await assert.rejects(into(folder), /rolebridge\.yaml is there already/)
    assert.deepEqual(readdirSync(folder), ['rolebridge.yaml'])
    assert.ok(lstatSync(join(folder, 'rolebridge.yaml')).isSymbolicLink())
  })

  test('gets no keys through a link called certs', async () => {
    const [folder, elsewhere] = [mkdtempSync(join(root, 'link-')), mkdtempSync(join(root, 'elsewhere-'))]
    symlinkSync(elsewhere, join(folder, 'certs'))
    await assert.rejects(into(folder), /certs is there already in .*, and is no folder of its own/)
    assert.deepEqual([readdirSync(folder), readdirSync(elsewhere)], [['certs'], []])
  })

  test('is not made when nothing comes of it', async () => {
    const folder = join(root, 'one', 'two')
    await assert.rejects(into(folder, { baseUrl: 'http://bridge.firm.example' }), /no configuration/)
    assert.equal(existsSync(join(root, 'one')), false)
  })

  test('holds nothing when its disk runs full half-way', { skip: noSmallDisk() }, async (context) => {
    const disk = await mountSmallDisk()
    context.after(() => disk.unmount())
    // Room for the draft, and for a part of what is made of it.
    for (const size of [0, 16, 32, 48, 64]) {
      await disk.fill()
      const filler = join(disk.folder, 'filler')
      rmSync(filler)
      writeFileSync(filler, Buffer.alloc(2 * 1024 * 1024 - size * 1024))
      await assert.rejects(into(join(disk.folder, 'new')), { code: 'ENOSPC' })
      assert.deepEqual(readdirSync(disk.folder), ['filler'], `${size}`)
      rmSync(filler)
    }
  })
})

describe('what somebody answers', () => {
  for (const [name, value] of [
    ['metadata', 'https://idp.firm.example/${file:certs/secret}'],
    ['metadata', '${HOME}/idp.xml'],
    ['stsEndpoint', 'https://sts.firm.example/?${ROLEBRIDGE_SECRET}'],
  ] as const)
    test(`is never read as a variable or a file: ${value}`, () => {
      const { faults } = readAnswers({ [name]: value })
      assert.match(faults[0]?.message ?? '', /must not hold \$\{/)
    })

  test('means itself in YAML', async () => {
    const names = ['null', '0x1F', 'yes', 'a - b', 'Über_1', '1e3', '2026-11-24']
    const { answers: read } = readAnswers({
      accounts: names.map((name, index) => `00000000000${index}=${name}`).join(','),
      metadata: 'https://idp.firm.example/a: b # c\' " {}',
    })
    const folder = join(root, 'yaml')
    await into(folder, read)
    const { accounts } = loadConfig(join(folder, 'rolebridge.yaml'), {})
    assert.deepEqual(
      Object.values(accounts).map(({ name }) => name),
      names,
    )
  })

  test('goes into the script for AD FS by the partition of the region', async () => {
    const folder = join(root, 'gov')
    await into(folder, { region: 'us-gov-west-1', federation: 'passthrough' })
    const script = readFileSync(join(folder, 'adfs.ps1'), 'utf8')
    assert.match(script, /arn:aws-us-gov:iam::`\$1:role/)
    assert.doesNotMatch(script, /arn:aws:/)
  })

  test('leaves out of that script what only AWS would read, where the bridge speaks to AWS', async () => {
    const folder = join(root, 'reissue')
    await into(folder)
    const script = readFileSync(join(folder, 'adfs.ps1'), 'utf8')
    assert.doesNotMatch(script, /aws\.amazon\.com/)
    assert.match(script, /=> issue\(claim = c\);\n"@\n/)
  })
})

const program = await builtProgram()

describe('rolebridge init', () => {
  const cli = {
    program,
    env: { PATH: process.env.PATH, HOME: root },
  }
  const run = (args: readonly string[]) =>
    ended(
      spawn(process.execPath, [cli.program, 'init', ...args], {
        ...{ cwd: root, env: cli.env },
        stdio: ['ignore', 'pipe', 'pipe'],
      }),
    )
  const flags = (folder: string, more: Record<string, string> = {}) =>
    Object.entries({
      ...{ provider: 'adfs', url: 'https://bridge.firm.example', mode: 'reissue', region: 'eu-west-1' },
      ...{ accounts: '222233334444=prod', folder, ...more },
    }).flatMap(([name, value]) => [`--${name}`, value])

  test('says in a sentence that a folder cannot be written, and which', async () => {
    const file = join(root, 'a-file')
    writeFileSync(file, 'mine')
    const { code, stderr } = await run(flags(join(file, 'x')))
    assert.deepEqual(
      [code, stderr],
      [5, `${join(file, 'x')} cannot be read or written: a part of its path is no folder (ENOTDIR).\n`],
    )
  })

  test('takes no metadata from what never ends, or is no file', async () => {
    for (const metadata of ['/dev/zero', root, join(root, 'nothing')]) {
      const { code, stderr } = await run(flags(join(root, 'none'), { metadata }))
      assert.equal(code, 5)
      assert.match(stderr, /is no URL, and no file that can be read as metadata/)
    }
    assert.equal(existsSync(join(root, 'none')), false)
  })

  test('writes paths as people do, in lines of eighty columns', async () => {
    mkdirSync(join(root, 'project'))
    writeFileSync(join(root, 'project', 'package.json'), '{}')
    const { code, stdout, stderr } = await run(flags('project/'))
    assert.equal(code, 0, stderr)
    assert.match(stdout, /^project\/rolebridge\.yaml\nproject\/STEPS\.md\n/)
    assert.match(stderr, /Read project\/STEPS\.md:/)
    for (const line of `${stdout}${stderr}`.split('\n')) assert.ok(line.length <= 80, line)
  })

  test('asks at a terminal, tells what is wrong with an answer, and asks again', {
    skip: !hasTerminals && 'no script(1)',
  }, async () => {
    const folder = join(root, 'asked')
    const child = atTerminal(cli, ['init', '--folder', folder])
    let screen = ''
    child.stdout?.on('data', (text) => {
      screen += text
    })
    const closed = new Promise((resolve) => child.once('close', resolve))
    for (const [shown, keys] of [
      [/Identity provider:[\s\S]*1 of 8/, 'adfs\r'],
      [/Address that people will open/, 'bridge\r'],
      [/That is no URL such as [\s\S]*Address/, 'https://bridge.firm.example\r'],
      [/Whom AWS believes:[\s\S]*1 of 2/, 'pass\r'],
      [/\[eu-west-1\]/, '\r'],
      [/Accounts, such as/, '222233334444=prod\r'],
      [/FederationMetadata\.xml[\s\S]*empty while there is none/, '/nowhere.xml\r'],
      [/no file that can be read as metadata[\s\S]*URL or file/, '\r'],
    ] as const) {
      await until(() => shown.test(screen), 60_000)
      child.stdin?.write(keys)
    }
    assert.equal(await closed, 0, screen)
    assert.match(readFileSync(join(folder, 'rolebridge.yaml'), 'utf8'), /federation: passthrough/)
  })
})
