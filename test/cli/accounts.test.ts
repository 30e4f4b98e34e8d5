import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, test } from 'node:test'
import { builtProgram } from '../built-program.ts'
import { ended } from './command-line.ts'

const folders: string[] = []
after(() => {
  for (const folder of folders) rmSync(folder, { recursive: true })
})

/** Runs `accounts import` over answers of AWS, beside a file of accounts that is there or not. */
async function importing(answers: Readonly<Record<string, unknown>>, file?: string, ...more: string[]) {
  const folder = mkdtempSync(join(tmpdir(), 'rolebridge-accounts-'))
  folders.push(folder)
  for (const [name, answer] of Object.entries(answers))
    writeFileSync(join(folder, name), typeof answer === 'string' ? answer : JSON.stringify(answer))
  if (file !== undefined) writeFileSync(join(folder, 'accounts.yaml'), file)
  const args = [await builtProgram(), 'accounts', 'import', ...Object.keys(answers)]
  const result = await ended(
    spawn(process.execPath, [...args, ...(more.length > 0 ? more : ['--write'])], {
      cwd: folder,
      env: { PATH: process.env.PATH, HOME: folder },
    }),
  )
  const read = () => {
    try {
      return readFileSync(join(folder, 'accounts.yaml'), 'utf8')
    } catch {
      return undefined
    }
  }
  return { ...result, text: read() }
}

const organization = {
  'list-accounts.json': {
    Accounts: [
      {
        Id: '111111111111',
        Name: 'Shop',
        State: 'ACTIVE',
        Paths: ['o-a1b2c3d4e5/r-ab12/ou-ab12-workload/ou-ab12-shopshop/111111111111/'],
      },
      { Id: '222222222222', Name: 'Bank', Status: 'ACTIVE' },
      { Id: '333333333333', Name: 'Attic', State: 'SUSPENDED', Status: 'SUSPENDED' },
      { Id: '444444444444', Name: 'Root', Status: 'ACTIVE' },
    ],
  },
  'units-r-ab12.json': { OrganizationalUnits: [{ Id: 'ou-ab12-workload', Name: 'workloads' }] },
  'unit.json': { OrganizationalUnit: { Id: 'ou-ab12-shopshop', Name: 'shop' } },
  'parents-222222222222.json': { Parents: [{ Id: 'ou-ab12-workload', Type: 'ORGANIZATIONAL_UNIT' }] },
  'parents-444444444444.json': { Parents: [{ Id: 'r-ab12', Type: 'ROOT' }] },
  'tags-111111111111.json': {
    Tags: [
      { Key: 'env', Value: 'prod' },
      { Key: 'ou', Value: '/forged' },
    ],
  },
}

describe('rolebridge accounts import', () => {
  test('makes a file from what AWS says: names, tags, and the place in the organization', async () => {
    const { text, stdout, stderr, code } = await importing(organization)
    assert.equal(code, 0, stderr)
    assert.equal(
      text,
      `"111111111111": { name: Shop, tags: { env: prod, ou: /workloads/shop } }
"222222222222": { name: Bank, tags: { ou: /workloads } }
"444444444444": { name: Root, tags: { ou: / } }
`,
    )
    assert.match(stdout, /^\+"111111111111": \{ name: Shop/)
    assert.match(stderr, /its tag "ou" is left out/)
  })

  const written = `# The accounts of the shop.
"111111111111": # the till
  name: till   # as people call it
  color: red
  tags:
    env: dev      # until launch
    Owner: alice
    ou: /old

# Ours since 2019.
222222222222:   { name:  Bank,   region: eu-west-1 }   # keep
"333333333333": { name: Attic }
"555555555555": { name: Elsewhere }
`

  test('keeps names, colours, regions and comments, and what it does not change letter by letter', async () => {
    const { text, stderr, stdout } = await importing(organization, written)
    const lines = text?.split('\n') ?? []
    for (const kept of [
      '# The accounts of the shop.',
      '# Ours since 2019.',
      '"555555555555": { name: Elsewhere }',
    ])
      assert.ok(lines.includes(kept), `${kept}\n${text}`)
    for (const word of [
      '# the till',
      'name: till',
      '# as people call it',
      'color: red',
      'region: eu-west-1',
      '# keep',
    ])
      assert.ok(text?.includes(word), `${word}\n${text}`)
    assert.match(text ?? '', /env: prod/)
    assert.match(text ?? '', /ou: \/workloads\/shop/)
    assert.doesNotMatch(text ?? '', /Owner|Attic/, 'a tag that AWS took away, and a closed account, are gone')
    assert.match(stdout, /^-"333333333333": \{ name: Attic \}$/m)
    assert.match(stderr, /not in these files: 555555555555/)
    assert.match(stderr, /^Not active in AWS any more, so taken out: 333333333333\.$/m)
    const again = await importing(organization, text)
    assert.equal(again.text, text)
    assert.match(again.stderr, /says all of it already/)
  })

  test('gives no place to an account in a unit that is called like a path, or whose name nobody told', async () => {
    const { text, stderr } = await importing({
      ...organization,
      'units-r-ab12.json': { OrganizationalUnits: [{ Id: 'ou-ab12-workload', Name: 'security/workloads' }] },
    })
    assert.match(
      text ?? '',
      /"111111111111": \{ name: Shop, tags: \{ env: prod \} \}\n"222222222222": \{ name: Bank \}/,
    )
    assert.match(stderr, /222222222222: the names of its organizational units are not all known/)
  })

  test('writes nothing without --write where nobody can be asked', async () => {
    const { text, stdout, stderr, code } = await importing(organization, undefined, '--out', 'accounts.yaml')
    assert.equal(text, undefined)
    assert.equal(code, 0)
    assert.match(stdout, /^\+"111111111111"/)
    assert.match(stderr, /Nothing was written; --write writes 3 changes/)
  })

  test('a name that somebody chose to do harm stays a name', async () => {
    const names = [
      'x", tags: { env: prod } }\n"999999999999": { name: y',
      '${SECRET}',
      'Shop',
      '\u001b[2J\u202eevil',
      '*',
      '',
    ]
    const Accounts = [
      { Id: '111111111111', Name: 'Shop' },
      ...names.map((Name, index) => ({ Id: `22222222222${index}`, Name })),
    ]
    const Tags = [
      { Key: '__proto__', Value: 'x' },
      { Key: 'not', Value: 'x' },
      { Key: 'a: {', Value: "}\n'" },
      { Key: 'b #', Value: '${HOME}: &x' },
    ]
    const { text, stdout, code, stderr } = await importing({
      'a.json': { Accounts },
      'tags-222222222220.json': { Tags },
    })
    assert.equal(code, 0, stderr)
    const { parse } = await import('yaml')
    assert.deepEqual(parse(text ?? ''), {
      '111111111111': { name: 'Shop' },
      '222222222220': {
        name: 'x", tags: { env: prod } }"999999999999": { name: y',
        tags: { 'b #': '${HOME}: &x' },
      },
      '222222222221': { name: '${SECRET}' },
      '222222222222': { name: 'Shop 222222222222' },
      '222222222223': { name: '[2Jevil' },
      '222222222224': { name: '*' },
      '222222222225': { name: '222222222225' },
    })
    assert.doesNotMatch(stdout + stderr, /\u001b|\u202e/)
  })

  const faults: [
    what: string,
    answers: Readonly<Record<string, unknown>>,
    file: string | undefined,
    say: RegExp,
  ][] = [
    ['what is no JSON', { 'a.json': 'Accounts:' }, undefined, /a\.json is no JSON; .*--output json/],
    [
      'what AWS does not print',
      { 'a.json': { Users: [] } },
      undefined,
      /a\.json is nothing that aws organizations/,
    ],
    [
      'tags of nobody',
      { 'tags.json': { Tags: [] } },
      undefined,
      /does not say whose tags these are; call it tags-/,
    ],
    ['a parent of nobody', { 'parents.json': { Parents: [] } }, undefined, /does not say whose parent/],
    [
      'one page of several',
      { 'a.json': { Accounts: [], NextToken: 'x' } },
      undefined,
      /is one page of several/,
    ],
    [
      'an account without an id',
      { 'a.json': { Accounts: [{ Name: 'x' }] } },
      undefined,
      /without an Id of twelve/,
    ],
    ['no account at all', { 'a.json': { Accounts: [] } }, undefined, /name no account/],
    ['a file that is no YAML', organization, '"1: {', /accounts\.yaml is no YAML/],
    ['a file of something else', organization, '- x\n', /accounts\.yaml must hold accounts by their ids/],
  ]
  for (const [what, answers, file, say] of faults)
    test(`refuses ${what}`, async () => {
      const { code, stderr, text } = await importing(answers, file)
      assert.notEqual(code, 0)
      assert.match(stderr, say)
      assert.equal(text, file)
    })
})
