import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { builtProgram } from '../built-program.ts'
import { ended } from '../cli/command-line.ts'

const program = await builtProgram()
const folder = mkdtempSync(join(tmpdir(), 'rolebridge-simulate-'))
after(() => rmSync(folder, { recursive: true }))

const run = (...args: readonly string[]) =>
  ended(
    spawn(process.execPath, [program, ...args], {
      stdio: ['ignore', 'pipe', 'pipe'],
      cwd: folder,
      // Neither the secret nor any key of the files below is here: comparing needs none.
      env: { PATH: process.env.PATH },
    }),
  )

const yaml = (condition = '') => `baseUrl: https://aws.corp.example
trustProxy: 1
secret: \${ROLEBRIDGE_SECRET}
saml: { signingKey: certs/nowhere.pem, signingCert: certs/nowhere.crt }
identityProviders: { okta: { metadata: nowhere.xml } }
aws: { region: eu-west-1, signingKey: certs/nowhere.pem, signingCert: certs/nowhere.crt }
rules:
  - id: admins
    match: { groups: '^admins$' }
    grant: { role: 'arn:aws:iam::111122223333:role/Admin' }
${condition}`
const mfa = "    condition: { Bool: { 'bridge:MultiFactorAuthPresent': true } }\n"
writeFileSync(join(folder, 'loose.yaml'), yaml())
writeFileSync(join(folder, 'strict.yaml'), yaml(mfa))
const ann = {
  user: 'ann',
  provider: 'okta',
  identity: { attributes: [{ name: 'groups', also: [], values: ['admins'] }] },
}
writeFileSync(join(folder, 'ann.json'), JSON.stringify(ann))
writeFileSync(
  join(folder, 'people.jsonl'),
  `${JSON.stringify(ann)}\n{"user":"ben","attributes":{"groups":"x"}}\n`,
)

test('a review stops where something is wider, and goes on where nothing is', async () => {
  const wider = await run(
    'check',
    '--config',
    'loose.yaml',
    '--against',
    'strict.yaml',
    '--identities',
    'people.jsonl',
  )
  assert.equal(wider.code, 3)
  assert.equal(wider.stderr, 'Something is wider than before.\n')
  assert.match(wider.stdout, /^ {2}\+ rules\.admins has another condition$/m)
  assert.match(
    wider.stdout,
    /1 of 2 people notice it:\n {2}ann\n {4}~ arn:aws:iam::111122223333:role\/Admin, on other terms/,
  )
  const narrower = await run('check', '--config', 'strict.yaml', '--against', 'loose.yaml', '--json')
  assert.deepEqual([narrower.code, narrower.stderr], [0, ''])
  assert.deepEqual(JSON.parse(narrower.stdout), {
    changes: [{ where: 'rules.admins', widens: false, say: 'has a stricter condition' }],
    people: [],
    widens: false,
  })
})

test('a configuration explains itself for somebody before it is served', async () => {
  const asked = ['explain', 'arn:aws:iam::111122223333:role/Admin', '--config', 'strict.yaml', '--identity']
  const shut = await run(...asked, 'ann.json')
  assert.equal(shut.code, 0, shut.stderr)
  assert.match(shut.stdout, /You signed in without a second factor\./)
  const several = await run(...asked, 'people.jsonl')
  assert.deepEqual(
    [several.code, several.stderr],
    [5, 'people.jsonl holds 2 people; choose one by --user NAME.\n'],
  )
  const other = await run(...asked, 'people.jsonl', '--user', 'ben', '--json')
  assert.deepEqual(JSON.parse(other.stdout).roles, [])
})

test('what cannot be read is told with its place', async () => {
  const whole = ['check', '--config', 'loose.yaml', '--against', 'strict.yaml', '--identities']
  writeFileSync(join(folder, 'bad.jsonl'), '{"user":"ann"}\n{"user":')
  writeFileSync(
    join(folder, 'cut.json'),
    JSON.stringify({ user: 'ann', attributes: [{ name: 'groups', values: [], more: 3 }] }),
  )
  for (const [file, says] of [
    ['nowhere.json', /nowhere\.json cannot be read \(ENOENT\)/],
    ['bad.jsonl', /bad\.jsonl: line 2 is no JSON/],
    ['cut.json', /cut\.json: person 1\..*: was cut off when it was printed/],
  ] as const) {
    const { code, stderr, stdout } = await run(...whole, file)
    assert.deepEqual([code, stdout], [5, ''], file)
    assert.match(stderr, says)
  }
})
