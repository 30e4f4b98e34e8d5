import assert from 'node:assert/strict'
import { test } from 'node:test'
import { diffLines, planProfiles, profileKinds } from '../../src/cli/aws-config/index.ts'
import type { Role } from '../../src/cli/roles/role.ts'

const role = (accountName: string, accountId: string, roleName: string): Role => ({
  roleArn: `arn:aws:iam::${accountId}:role/${roleName}`,
  roleName,
  accountId,
  accountName,
  region: 'eu-west-1',
})
const admin = role('prod', '111122223333', 'Admin')
const dev = role('prod', '111122223333', 'Dev')
const options = {
  url: 'https://aws.corp.example',
  program: ['rolebridge'],
  nameTemplate: '{account}-{role}',
  kind: profileKinds.process,
  prune: false,
  configPath: '~/.aws/config',
  credentialsPath: '~/.aws/credentials',
}

test('puts profiles behind what is there, and touches none of it', () => {
  const mine = '# mine\r\n[default]\r\nregion=us-east-1  ; note\r\n\r\n[profile x]\r\ns3 =\r\n  max = 1'
  const { text, written } = planProfiles(mine, '', [admin, dev], options)
  assert.deepEqual(written, ['prod-Admin', 'prod-Dev'])
  assert.ok(text.startsWith(`${mine}\r\n\r\n# >>> rolebridge https://aws.corp.example`))
  assert.doesNotMatch(text, /[^\r]\n/)
})

test('writes again only between its marks, and the same text when nothing changed', () => {
  const first = planProfiles('[default]\n', '', [admin], options).text
  const around = `${first}\n[profile later]\nregion = x\n`
  assert.equal(planProfiles(around, '', [admin], options).text, around)
  const more = planProfiles(around, '', [admin, dev], options).text
  assert.ok(more.startsWith('[default]\n\n# >>>') && more.endsWith('\n[profile later]\nregion = x\n'))
  assert.ok(more.includes('[profile prod-Dev]'))
})

test('keeps a profile whose role is gone until it is told to prune', () => {
  const both = planProfiles('', '', [admin, dev], options).text
  const kept = planProfiles(both, '', [dev], options)
  assert.deepEqual(kept.stale, ['prod-Admin'])
  assert.ok(kept.text.includes('[profile prod-Admin]'))
  const pruned = planProfiles(both, '', [dev], { ...options, prune: true })
  assert.ok(!pruned.text.includes('prod-Admin') && pruned.text.includes('[profile prod-Dev]'))
  assert.equal(planProfiles(both, '', [], { ...options, prune: true }).text, '')
})

test('leaves the profiles of another bridge alone', () => {
  const one = planProfiles('', '', [admin], options).text
  const two = planProfiles(one, '', [role('eu', '444455556666', 'Admin')], {
    ...options,
    url: 'https://eu.corp.example',
  }).text
  assert.ok(two.startsWith(one))
})

test('refuses names that the credentials file or the person’s own profiles have', () => {
  const { refused, written } = planProfiles(
    '[profile  "prod-Dev"]\n',
    '[prod-Admin]\n',
    [admin, dev],
    options,
  )
  assert.deepEqual(
    refused.map(({ name }) => name),
    ['prod-Admin', 'prod-Dev'],
  )
  assert.deepEqual(written, [])
})

test('refuses marks that are not one pair, and settings that would fall to another section', () => {
  const text = planProfiles('', '', [admin], options).text
  const refuses = (config: string, says: RegExp) =>
    assert.throws(() => planProfiles(config, '', [admin], options), says)
  const mine = '[default]\nregion = x\n'
  refuses(
    mine + text.slice(0, text.indexOf('# <<<')),
    /^CliError: ~\/\.aws\/config, line 3: .*“# <<< rolebridge https:\/\/aws\.corp\.example”, is lost/,
  )
  refuses(
    mine + text.slice(text.indexOf('\n') + 1),
    /^CliError: ~\/\.aws\/config, line 6: .*“# >>> .* is lost/,
  )
  refuses(text + text, /^CliError: ~\/\.aws\/config, lines 1, 5, 6, 10: .*not one pair/)
  refuses(`${text}\nregion = x\n`, /^CliError: ~\/\.aws\/config, line 7: .*settings without a section/)
})

test('refuses a role that a shell would run, a template without sense and two roles of one name', () => {
  const evil = { ...admin, roleArn: 'arn:aws:iam::111122223333:role/$(id)/Admin' }
  assert.throws(() => planProfiles('', '', [evil], options), /a shell would interpret/)
  assert.throws(
    () => planProfiles('', '', [admin], { ...options, nameTemplate: '{nope}' }),
    /no part of a name/,
  )
  assert.throws(
    () => planProfiles('', '', [admin], { ...options, nameTemplate: 'a]b' }),
    /cannot name a profile/,
  )
  assert.throws(
    () => planProfiles('', '', [admin, dev], { ...options, nameTemplate: 'x' }),
    /both be called x/,
  )
})

test('shows the lines that differ', () => {
  assert.deepEqual(diffLines('a\nb\nc\n', 'a\r\nc\r\nd\r\n'), [' a', '-b', ' c', '+d'])
  assert.deepEqual(diffLines('', 'a\n'), ['+a'])
})

test('native profiles name the role with its path and share one session and its endpoints', () => {
  const native = { ...options, kind: profileKinds.native, region: 'eu-west-1' }
  const pathed = { ...admin, roleArn: 'arn:aws:iam::111122223333:role/teams/b/Admin' }
  const { text, written } = planProfiles('', '', [pathed, dev], native)
  assert.deepEqual(written, ['prod-Admin', 'prod-Dev'])
  assert.ok(
    text.includes(`[profile prod-Admin]
sso_session = rolebridge-aws.corp.example
sso_account_id = 111122223333
sso_role_name = teams/b/Admin
services = rolebridge-aws.corp.example
region = eu-west-1
`),
    text,
  )
  assert.ok(
    text.includes(`[sso-session rolebridge-aws.corp.example]
sso_start_url = https://aws.corp.example/start
sso_region = eu-west-1
sso_registration_scopes = sso:account:access

[services rolebridge-aws.corp.example]
sso_oidc =
  endpoint_url = https://aws.corp.example
sso-oidc =
  endpoint_url = https://aws.corp.example
sso =
  endpoint_url = https://aws.corp.example
`),
    text,
  )
  assert.equal(planProfiles(text, '', [pathed, dev], native).text, text)
})

test('a section of the shared name that the person wrote is not doubled', () => {
  const mine = '[services rolebridge-aws.corp.example]\n'
  assert.throws(
    () => planProfiles(mine, '', [admin], { ...options, kind: profileKinds.native }),
    /has a section \[services rolebridge-aws.corp.example\] already/,
  )
})
