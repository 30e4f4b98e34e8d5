import assert from 'node:assert/strict'
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { describe, test } from 'node:test'
import { formatFault, readConfig } from '../../src/config.ts'
import { selfSigned } from '../../src/demo/index.ts'
import { makeFolder } from './folder.ts'

const pair = await selfSigned({ commonName: 'aws', days: 1, now: Date.UTC(2026, 0) })
const env = { ROLEBRIDGE_SECRET: 'a secret of more than thirty-two characters', HIDDEN: 'do not tell' }

const main = `baseUrl: https://aws.corp.example
trustProxy: 1
secret: \${ROLEBRIDGE_SECRET}
identityProviders: { okta: { metadata: https://corp.okta.com/metadata } }
aws: { region: eu-west-1, signingKey: aws.pem, signingCert: aws.crt }
`
const rule = (id: string, more = '') =>
  `- id: ${id}\n  match: { groups: '^${id}$' }\n  grant: { accounts: '*', roles: [Admin]${more} }\n`

/** Reads a configuration whose other files are these. */
function read(text: string, files: Readonly<Record<string, string>> = {}) {
  const folder = makeFolder({ 'aws.pem': pair.key, 'aws.crt': pair.cert, ...files })
  const result = readConfig(main + text, { env, baseDir: folder, file: 'c.yaml' })
  return {
    ...result,
    folder,
    faults: result.faults.map((one) => formatFault('c.yaml', one).replaceAll(`${folder}/`, '')),
  }
}

const accounts = '"111111111111": { name: shop, tags: { env: prod } }\n'

describe('accountsFile', () => {
  test('adds accounts, and what stands in accounts wins key by key', () => {
    const { config, faults } = read(
      `accountsFile: accounts.yaml
accounts: { "111111111111": { color: red, tags: { env: staging, tier: 1 } }, "222222222222": { name: own } }
rules:
${rule('a')}`,
      {
        'accounts.yaml': `# by hand\n${accounts.replace('tags: {', 'color: blue, tags: { ou: /x,')}333333333333: { name: bank }\n`,
      },
    )
    assert.deepEqual(faults, [])
    assert.deepEqual(config?.accounts, {
      '111111111111': { name: 'shop', color: 'red', tags: { env: 'staging', ou: '/x', tier: '1' } },
      '222222222222': { name: 'own', tags: {} },
      '333333333333': { name: 'bank', tags: {} },
    })
  })

  test('takes nothing from the environment: whoever names an account would read it in the portal', () => {
    const { config } = read(`accountsFile: a.yaml\nrules:\n${rule('a')}`, {
      'a.yaml': `"111111111111": { name: '\${HIDDEN}', tags: { env: '\${HIDDEN:-x}' } }\n`,
    })
    assert.deepEqual(config?.accounts, {
      '111111111111': { name: '${HIDDEN}', tags: { env: '${HIDDEN:-x}' } },
    })
  })

  test('has its own faults, with line and column in it', () => {
    const text = `accountsFile: a.yaml
accounts: { "111111111111": { color: '#12' } }
rules:
${rule('a')}`
    const file = '"111111111111": { name: shop }\n"222222222222":\n  nme: own\n'
    assert.deepEqual(read(text, { 'a.yaml': file }).faults, [
      'c.yaml:7:38 accounts."111111111111".color: is no color such as red or #c00000'.replaceAll('"', ''),
      'a.yaml:2:1 222222222222.name: is missing',
      'a.yaml:3:3 222222222222.nme: unknown key; did you mean "name"?',
    ])
    assert.deepEqual(
      read(text, { 'a.yaml': '- x\n' }).faults.at(-1),
      ['a.yaml:1:1 must hold accounts by their ids: "111122223333": { name: production }'].join(),
    )
    assert.match(read(text).faults.join('\n'), /c\.yaml:6:15 accountsFile: a\.yaml does not exist/)
    assert.match(
      read(text, { 'a.yaml': 'a: &x 1\n' }).faults.join('\n'),
      /a\.yaml:1:7 anchors \(&…\) are not/,
    )
  })
})

describe('include', () => {
  const own = `accountsFile: accounts.yaml\nrules:\n${rule('first')}include: [rules/*.yaml, 'more.yaml']\n`
  const files = {
    'accounts.yaml': accounts,
    'rules/b.yaml': rule('b'),
    'rules/a.yaml': rule('a1') + rule('a2'),
    'rules/.c.yaml': rule('hidden'),
    'rules/d.yaml~': rule('backup'),
    'more.yaml': '[]\n',
  }

  test('appends rules in the order of its list, those of a pattern by name', () => {
    const { config, faults, folder } = read(own, files)
    assert.deepEqual(faults, [])
    assert.deepEqual(
      config?.rules.map(({ id }) => id),
      ['first', 'a1', 'a2', 'b'],
    )
    const named = ['accounts.yaml', 'rules', 'more.yaml', 'rules/a.yaml', 'rules/b.yaml']
    for (const name of named) assert.ok(config?.files.includes(join(folder, name)), name)
    assert.equal(config?.files[0], resolve('c.yaml'))
  })

  test('may be all the rules there are', () => {
    const { config } = read(`accounts: { ${accounts.trim()} }\ninclude: [rules/*.yaml]\n`, files)
    assert.equal(config?.rules.length, 3)
  })

  test('names the file of a fault with its line and column', () => {
    const { faults } = read(own, { ...files, 'rules/b.yaml': rule('b') + rule('c', ', duration: 1m') })
    assert.equal(faults.length, 1)
    assert.match(faults[0] ?? '', /^rules\/b\.yaml:6:\d+ \[1\]\.grant\.duration: must be between/)
  })

  test('tells both places where two rules have one id', () => {
    assert.match(
      read(own, { ...files, 'rules/b.yaml': rule('a2') }).faults.join(),
      /^rules\/b\.yaml:1:7 \[0\]\.id: "a2" is the id of an earlier rule, rules\/a\.yaml:4:7$/,
    )
    assert.match(
      read(own, { ...files, 'rules/b.yaml': rule('first') }).faults.join(),
      /"first" is the id of an earlier rule, line 8$/,
    )
  })

  const cases: [what: string, list: string, more: Readonly<Record<string, string>>, say: RegExp][] = [
    ['a pattern that matches nothing', '[rule/*.yaml]', {}, /include\[0\]: .*rule is no folder/],
    ['a pattern that no file fits', '[rules/*.yml]', {}, /include\[0\]: matches no file/],
    ['a file that is not there', '[rules/z.yaml]', {}, /include: rules\/z\.yaml does not exist/],
    ['a folder', '[rules]', {}, /include: rules is a folder/],
    ['a wildcard in a folder', "['*/a.yaml']", {}, /takes \* and \? in the name of the file only/],
    [
      'a file twice',
      '[rules/*.yaml, rules/a.yaml]',
      {},
      /include\[1\]: takes rules\/a\.yaml a second time, which rules\/\*\.yaml/,
    ],
    ['no list', '[o.yaml]', { 'o.yaml': `rules:\n${rule('x')}` }, /^o\.yaml:1:1 must be a list of rules/m],
    [
      'an empty file',
      '[o.yaml]',
      { 'o.yaml': '# later\n' },
      /^o\.yaml:1:1 must be a list of rules.*\[\] for none/m,
    ],
    ['what is no YAML', '[o.yaml]', { 'o.yaml': '- id: "x\n' }, /^o\.yaml:\d+:\d+ /m],
    ['text instead of a list', 'rules/*.yaml', {}, /include: must be a list/],
  ]
  for (const [what, list, more, say] of cases)
    test(`refuses ${what}`, () => {
      const { config, faults } = read(
        `accountsFile: accounts.yaml\nrules:\n${rule('first')}include: ${list}\n`,
        { ...files, ...more },
      )
      assert.equal(config, undefined)
      assert.match(faults.join('\n'), say)
    })

  test('takes no more than a thousand files', () => {
    const many = Object.fromEntries(Array.from({ length: 1001 }, (_, n) => [`rules/r${n}.yaml`, '[]']))
    assert.match(
      read(own, { ...files, ...many }).faults.join('\n'),
      /include: takes 1004 files; 1000 is the most/,
    )
  })

  test('changes the fingerprint, and so does a file that comes', () => {
    const folder = makeFolder({ 'aws.pem': pair.key, 'aws.crt': pair.cert, ...files })
    const print = () => readConfig(main + own, { env, baseDir: folder, file: 'c.yaml' }).config?.fingerprint
    const seen = new Set([print()])
    writeFileSync(join(folder, 'rules/b.yaml'), rule('b', ', duration: 2h, maxDuration: 2h'))
    seen.add(print())
    writeFileSync(join(folder, 'rules/e.yaml'), '[]')
    seen.add(print())
    rmSync(join(folder, 'rules/e.yaml'))
    mkdirSync(join(folder, 'other'))
    seen.add(print())
    writeFileSync(join(folder, 'accounts.yaml'), accounts.replace('shop', 'store'))
    seen.add(print())
    assert.equal(seen.size, 4)
    assert.ok(!seen.has(undefined))
  })
})
