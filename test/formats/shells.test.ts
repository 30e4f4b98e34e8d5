import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { conflicting, formatForShell, formats, shells } from '../../src/formats/index.ts'
import { credentials, expected } from './credentials.ts'

const directory = mkdtempSync(join(tmpdir(), 'rolebridge-'))
after(() => rmSync(directory, { recursive: true }))

const show = `"${process.execPath}" "${join(directory, 'show.cjs')}"`
writeFileSync(join(directory, 'show.cjs'), 'process.stdout.write(JSON.stringify(process.env))')

/** How people run what `env --shell` prints: arguments of the shell, given the file that holds it. */
const ways: Readonly<Record<string, readonly ((file: string) => string[])[]>> = {
  sh: [
    (file) => ['-c', `set -eu; eval "$(cat '${file}')"; ${show}`],
    (file) => ['-c', `. '${file}'; ${show}`],
  ],
  bash: [
    (file) => ['-c', `set -eu; eval "$(cat '${file}')"; ${show}`],
    (file) => ['-c', `set -o history -o histexpand; source <(cat '${file}'); ${show}`],
  ],
  zsh: [
    (file) => ['-f', '-c', `set -eu; eval "$(cat '${file}')"; ${show}`],
    (file) => ['-f', '-o', 'rcquotes', '-o', 'banghist', '-c', `source '${file}'; ${show}`],
  ],
  fish: [(file) => ['--no-config', '-c', `cat '${file}' | source; ${show}`]],
  tcsh: [
    (file) => ['-f', '-c', `eval "\`cat '${file}'\`"; ${show}`],
    (file) => ['-f', '-c', `source '${file}'; ${show}`],
  ],
  csh: [(file) => ['-f', '-c', `source '${file}'; ${show}`]],
  pwsh: [
    (file) => [
      '-NoProfile',
      '-Command',
      `Get-Content '${file}' | Out-String | Invoke-Expression; ${show.replace('"', '& "')}`,
    ],
  ],
  powershell: [
    (file) => [
      '-NoProfile',
      '-Command',
      `Get-Content -Encoding UTF8 '${file}' | Out-String | Invoke-Expression; ${show.replace('"', '& "')}`,
    ],
  ],
  cmd: [(file) => ['/d', '/c', `call ${file} & ${show}`]],
}

const nasty = [
  `it's "quoted" ''twice''`,
  `'`,
  `''`,
  'typographic ‘quotes’ ‚and‛ ümlauts 日本',
  '$HOME ${HOME} $(id) `id` $?',
  'bang! !! !x !$ ^a^b',
  '100% %PATH% %%',
  'a & b && c | d; e > f < g',
  "back\\slash \\n \\' \\\\",
  '# ~ * ? [a] {b,c} (d) = : @',
  ' spaces around ',
  '-n',
]

for (const shell of shells) {
  const format = formatForShell(shell)
  const missing = spawnSync(shell, ['-c', 'exit'], { stdio: 'ignore' }).error !== undefined
  for (const [index, args] of (ways[shell] ?? []).entries()) {
    const run = (text: string): NodeJS.ProcessEnv => {
      const file = join(directory, `${shell}-${index}.${shell === 'cmd' ? 'cmd' : 'txt'}`)
      writeFileSync(file, text)
      const stale = Object.fromEntries(
        [...conflicting, ...Object.keys(expected)].map((name) => [name, 'stale']),
      )
      const env = { ...process.env, ...stale, HOME: directory }
      const { stdout, stderr, status } = spawnSync(shell, args(file), {
        env,
        encoding: 'utf8',
        cwd: directory,
      })
      assert.equal(status, 0, stderr)
      assert.equal(stderr, '')
      return JSON.parse(stdout)
    }
    const options = { skip: missing && `${shell} is not installed on this machine` }

    test(`${shell} takes the new credentials and forgets the old (way ${index + 1})`, options, () => {
      for (const paste of [false, true]) {
        const env = run(format?.render(credentials, { paste }) ?? '')
        for (const [name, value] of Object.entries(expected)) assert.equal(env[name], value)
        for (const name of conflicting) assert.equal(env[name], undefined, name)
      }
    })

    test(`${shell} takes every value literally (way ${index + 1})`, options, () => {
      const values = shell === 'cmd' ? nasty.filter((value) => !/["%!]/.test(value)) : nasty
      for (let at = 0; at < values.length; at += 4) {
        const [accessKeyId = '', secretAccessKey = '', sessionToken = '', region = ''] = values.slice(
          at,
          at + 4,
        )
        const held = { ...credentials, accessKeyId, secretAccessKey, sessionToken, region }
        const env = run(format?.render(held) ?? '')
        assert.equal(env.AWS_ACCESS_KEY_ID, accessKeyId)
        assert.equal(env.AWS_SECRET_ACCESS_KEY, secretAccessKey)
        assert.equal(env.AWS_SESSION_TOKEN, sessionToken)
        assert.equal(env.AWS_REGION, region)
        assert.equal(env.AWS_DEFAULT_REGION, region)
      }
    })
  }
}

test('every shell has a way to be proven', () => {
  assert.deepEqual(
    shells.filter((shell) => shell !== 'dotenv' && ways[shell] === undefined),
    [],
  )
})

test('refuses control characters in every format for a shell', () => {
  for (const shell of shells) {
    for (const character of ['\n', '\r', '\0', '\t', '\x1b', '\x7f']) {
      const broken = { ...credentials, sessionToken: `a${character}b` }
      assert.throws(
        () => formatForShell(shell)?.render(broken),
        TypeError,
        `${shell} ${JSON.stringify(character)}`,
      )
    }
  }
})

test('the Command Prompt gets no value that it would interpret', () => {
  const cmd = formatForShell('cmd')
  for (const value of ['%PATH%', 'a"b', 'bang!'])
    assert.throws(() => cmd?.render({ ...credentials, region: value }), TypeError)
  const text = cmd?.render(credentials) ?? ''
  assert.match(text, /^@set "AWS_PROFILE="&set "AWS_DEFAULT_PROFILE="&[^\n]*\r\n@set "AWS_ACCESS_KEY_ID=/)
  assert.match(text, /^@set "AWS_SECRET_ACCESS_KEY=wJalr\/XUtn\+FEMI="\r\n/m)
})

test('PowerShell gets doubled quotes, typographic ones too, and unset variables', () => {
  const powershell = formatForShell('pwsh')
  const text = powershell?.render({ ...credentials, region: 'a\'b‘c’d‚e‛f"g' }) ?? ''
  assert.match(text, /^Remove-Item -ErrorAction Ignore Env:AWS_PROFILE, Env:/)
  assert.ok(text.includes("$env:AWS_REGION = 'a''b‘‘c’’d‚‚e‛‛f\"g'\n"), text)
})

test('pasted lines stay out of the history of shells that skip lines with a leading space', () => {
  for (const shell of ['bash', 'fish']) {
    const lines = formatForShell(shell)?.render(credentials, { paste: true }).trimEnd().split('\n') ?? []
    assert.ok(lines.length > 2 && lines.every((line) => line.startsWith(' ')))
  }
})

for (const name of Object.keys(formats)) {
  test(`${name}: what is unset takes one line, so that what is set is seen at once`, () => {
    const lines = formats[name as keyof typeof formats].render(credentials).split('\n')
    assert.ok(lines.findIndex((line) => line.includes(credentials.accessKeyId)) <= 3, lines.join('\n'))
  })
}
