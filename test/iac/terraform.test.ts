import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { test } from 'node:test'
import { parse } from '@cdktf/hcl2json'
import { terraform, trustOf } from '../../src/iac/index.ts'
import { hclString, hclValue } from '../../src/iac/write/terraform/hcl.ts'
import { dev, everyKind, plan, prod } from './plan.ts'

const origin = { file: 'rolebridge.yaml', fingerprint: '0123456789ab', open: [] }
const regionOf = (account: string) => (account === dev ? 'us-east-1' : 'eu-west-1')
const written = (metadata?: string) => terraform({ roles: plan(everyKind).roles, origin, metadata, regionOf })

const programs = ['terraform', 'tofu'].filter((name) => spawnSync(name, ['version']).status === 0)
const skip = programs.length > 0 ? false : 'neither Terraform nor OpenTofu is here'
/** A folder with the AWS provider, laid out as `terraform providers mirror` leaves it. */
const plugins = process.env.TERRAFORM_PLUGINS
const noProvider = skip || (plugins ? false : 'TERRAFORM_PLUGINS names no folder with the AWS provider')

/** The parser leaves doubled signs as they were written. */
const undoubled = (text: string) => text.replaceAll('$${', '${').replaceAll('%%{', '%{')

test('each account is an instance that takes no other account for its own', async () => {
  const files = written('<x/>')
  assert.deepEqual([...files.keys()], ['main.tf', 'accounts.tf', 'modules/account/main.tf', 'metadata.xml'])
  const { provider } = await parse('main.tf', files.get('main.tf') ?? '')
  assert.deepEqual(
    provider.aws.map((one: Record<string, unknown>) => [one.alias, one.region, one.allowed_account_ids]),
    [
      [`account_${prod}`, 'eu-west-1', [prod]],
      [`account_${dev}`, 'us-east-1', [dev]],
    ],
  )
  assert.equal(provider.aws[0].assume_role[0].role_arn, `arn:aws:iam::${prod}:role/\${var.deploy_role}`)
  await parse('module.tf', files.get('modules/account/main.tf') ?? '')
})

test('each role of each account has the trust that the rules need', async () => {
  const { module } = await parse('accounts.tf', written('<x/>').get('accounts.tf') ?? '')
  for (const role of plan(everyKind).roles) {
    const made = module[`account_${role.account}`][0].roles[`${role.path}${role.name}`]
    assert.ok(made, role.arn)
    assert.deepEqual(
      [made.path, made.name, made.max_session_duration],
      [`/${role.path}`, role.name, role.maxDuration],
    )
    const [, inside = ''] = /^\$\{jsonencode\((.*)\)\}$/s.exec(made.trust) ?? []
    const { locals } = await parse('x.tf', `locals {\n x = ${inside}\n}\n`)
    const wanted = JSON.stringify(trustOf(role)).replace(
      '{"subjectsFor":"nightly"}',
      JSON.stringify('${var.subjects["nightly"]}'),
    )
    assert.deepEqual(locals[0].x, JSON.parse(wanted))
  }
})

test('metadata that is not here, and subjects that no rule says, are asked for', async () => {
  const { variable } = await parse('main.tf', written().get('main.tf') ?? '')
  for (const name of ['saml_metadata', 'subjects', 'deploy_role']) {
    assert.ok(variable[name], name)
    assert.equal(variable[name][0].default, undefined, name)
  }
  assert.equal((await parse('m.tf', written('<x/>').get('main.tf') ?? '')).variable.saml_metadata, undefined)
})

const texts = [
  '${aws:username}',
  '$${a}',
  '$$${a}',
  '%{if true}',
  '%%{x}',
  '$%{x}',
  '%${x}',
  'a"b\\n\n\r\tc',
  '${',
  '$',
  '<<EOT\nx\nEOT',
  '\\${x}',
  '\u0000\u2028\u202e',
  'é😀',
]

test('text of any kind stays text in HCL', async () => {
  const { locals } = await parse('x.tf', `locals {\n  all = ${hclValue(texts, 1)}\n}\n`)
  const seen = (locals[0].all as string[]).slice(0, texts.length)
  assert.equal(seen.length, texts.length)
  for (const [index, text] of texts.entries())
    if (!/[$%]{2}\{|[$%]{2}/.test(text) && !/[$%][$%]\{/.test(text))
      assert.equal(undoubled(seen[index] ?? ''), text)
  assert.equal(hclString('${aws:username}'), '"$${aws:username}"')
})

test('Terraform reads each text as what it was, and has nothing to lay out otherwise', { skip }, () => {
  const all = `locals {\n  all = ${hclValue(texts, 1)}\n}\n`
  for (const program of programs)
    inFolder([...written('<x/>'), ['texts/main.tf', all]], (folder, env) => {
      const fmt = spawnSync(program, ['fmt', '-check', '-recursive', '-diff'], { cwd: folder, env })
      assert.equal(fmt.status, 0, `${fmt.stdout}${fmt.stderr}`)
      const asked = { cwd: join(folder, 'texts'), env, input: 'jsonencode(local.all)\n' }
      const { stdout } = spawnSync(program, ['console'], asked)
      assert.deepEqual(JSON.parse(JSON.parse(String(stdout))), texts)
    })
})

test('the AWS provider knows each resource and each of its arguments', { skip: noProvider }, () => {
  const wrong = new Map(written())
  const module = wrong.get('modules/account/main.tf') ?? ''
  wrong.set('modules/account/main.tf', module.replace('max_session_duration', 'longest_session'))
  for (const program of programs) {
    for (const files of [written(), written('<x/>')]) assert.deepEqual(validated(program, files), [])
    assert.match(validated(program, wrong).join(), /longest_session/)
  }
})

/** What `validate` has against these files. */
function validated(program: string, files: Iterable<readonly [string, string]>): readonly string[] {
  return inFolder(files, (cwd, env) => {
    const init = ['init', '-backend=false', '-input=false', `-plugin-dir=${plugins}`]
    const { status, stdout, stderr } = spawnSync(program, init, { cwd, env })
    assert.equal(status, 0, `${stdout}${stderr}`)
    const validate = spawnSync(program, ['validate', '-json'], { cwd, env })
    const { diagnostics } = JSON.parse(String(validate.stdout))
    return diagnostics.map((one: { summary: string; detail: string }) => `${one.summary}: ${one.detail}`)
  })
}

function inFolder<T>(
  files: Iterable<readonly [string, string]>,
  look: (folder: string, env: NodeJS.ProcessEnv) => T,
): T {
  const folder = mkdtempSync(join(tmpdir(), 'rolebridge-terraform-'))
  try {
    for (const [name, text] of files) {
      mkdirSync(dirname(join(folder, name)), { recursive: true })
      writeFileSync(join(folder, name), text)
    }
    return look(folder, { PATH: process.env.PATH, HOME: folder, CHECKPOINT_DISABLE: '1' })
  } finally {
    rmSync(folder, { recursive: true })
  }
}
