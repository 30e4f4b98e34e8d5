import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { promisify } from 'node:util'
import { parse } from 'yaml'
import { cloudFormation, type RolePlan, trustOf } from '../../src/iac/index.ts'
import { arn, dev, everyKind, plan, prod } from './plan.ts'

const linter = process.env.CFN_LINT
const origin = { file: 'rolebridge.yaml', fingerprint: '0123456789ab', open: [] }
const metadata = `<EntityDescriptor>\${not:a variable}${' '.repeat(1000)}</EntityDescriptor>`
const written = (roles: readonly RolePlan[], more: object = { metadata }) =>
  cloudFormation({ roles, origin, ...more })

type Node = Record<string, unknown>

/** What a template comes to in one account, by CloudFormation's own rules. */
function deployed(text: string, account: string, parameters: Readonly<Record<string, unknown>> = {}) {
  const template = parse(text, { version: '1.1' })
  const own = (name: string) =>
    name === 'AWS::AccountId' ? account : (parameters[name] ?? template.Parameters[name].Default)
  const holds = (name: string): boolean => value(template.Conditions[name]) as boolean
  const value = (node: unknown): unknown => {
    if (Array.isArray(node)) return node.map(value)
    if (typeof node !== 'object' || node === null) return node
    const [[call = '', given] = []] = Object.entries(node as Node)
    const list = given as unknown[]
    if (call === 'Ref') return given === 'AWS::NoValue' ? undefined : own(String(given))
    if (call === 'Condition') return holds(String(given))
    if (call === 'Fn::If') return value(holds(String(list[0])) ? list[1] : list[2])
    if (call === 'Fn::Not') return !value(list[0])
    if (call === 'Fn::And') return list.every((one) => value(one) === true)
    if (call === 'Fn::Equals') return value(list[0]) === value(list[1])
    if (call === 'Fn::Join') return [value(list[1])].flat().join(String(list[0]))
    if (call === 'Fn::Sub')
      return String(given).replaceAll('${AWS::AccountId}', account).replaceAll('${!', '${')
    if (call === 'Fn::FindInMap') {
      const [map, top, second] = list.map((one) => String(value(one)))
      return template.Mappings[map ?? ''][top ?? ''][second ?? '']
    }
    const entries = Object.entries(node as Node).map(([key, inner]) => [key, value(inner)] as const)
    return Object.fromEntries(entries.filter(([, inner]) => inner !== undefined))
  }
  const resources = Object.entries(template.Resources as Record<string, Node>)
  return resources.flatMap(([id, { Type, Condition, Properties }]) =>
    Condition === undefined || holds(String(Condition))
      ? [{ id, type: Type, properties: value(Properties) as Node }]
      : [],
  )
}

const rolesIn = (text: string, account: string, parameters?: Readonly<Record<string, unknown>>) =>
  deployed(text, account, parameters).filter(({ type }) => type === 'AWS::IAM::Role')

test('a StackSet makes in each account the roles of that account, each with its own trust', () => {
  const { roles } = plan(everyKind)
  const text = written(roles)
  for (const account of [prod, dev]) {
    const wanted = roles.filter((role) => role.account === account)
    const made = rolesIn(text, account, { NightlySubjects: ['repo:corp/n:*'] })
    assert.deepEqual(
      made.map(({ properties }) => properties.RoleName).sort(),
      wanted.map(({ name }) => name).sort(),
    )
    for (const role of wanted) {
      const properties = made.find(({ properties }) => properties.RoleName === role.name)?.properties
      const trust = JSON.stringify(trustOf(role)).replace('{"subjectsFor":"nightly"}', '["repo:corp/n:*"]')
      assert.deepEqual(properties?.AssumeRolePolicyDocument, JSON.parse(trust), role.arn)
      assert.equal(properties?.MaxSessionDuration, role.maxDuration)
    }
  }
})

test('a template says the same as its account’s part of the StackSet', () => {
  const { roles } = plan(everyKind)
  const alone = written(roles.filter(({ account }) => account === dev))
  const withoutIds = (text: string) => deployed(text, dev, { NightlySubjects: ['x'] })
  assert.deepEqual(withoutIds(alone), withoutIds(written(roles)))
})

test('a role may do nothing until somebody gives it policies, and a boundary holds for all', () => {
  const text = written(plan(everyKind).roles)
  const bare = rolesIn(text, prod).find(({ id }) => id === 'RoleAdmin')?.properties
  assert.deepEqual(
    [bare?.ManagedPolicyArns, bare?.PermissionsBoundary, bare?.Policies],
    [undefined, undefined, undefined],
  )
  const policy = 'arn:aws:iam::aws:policy/ReadOnlyAccess'
  const given = { AdminPolicies: [policy], PermissionsBoundary: 'arn:aws:iam::aws:policy/Edge' }
  const full = rolesIn(text, prod, given)
  assert.deepEqual(full.find(({ id }) => id === 'RoleAdmin')?.properties.ManagedPolicyArns, [policy])
  assert.ok(full.every(({ properties }) => properties.PermissionsBoundary === given.PermissionsBoundary))
})

test('a role on the way may take the next step and do nothing else', () => {
  const hub = rolesIn(written(plan(everyKind).roles), prod).find(({ id }) => id === 'RoleHub')
  const statement = {
    Effect: 'Allow',
    Action: ['sts:AssumeRole', 'sts:TagSession', 'sts:SetSourceIdentity'],
    Resource: [arn(dev, 'Middle')],
  }
  const PolicyDocument = { Version: '2012-10-17', Statement: [statement] }
  assert.deepEqual(hub?.properties.Policies, [{ PolicyName: 'next-step', PolicyDocument }])
})

test('the provider holds the metadata as it is, and is made once', () => {
  const text = written(plan(everyKind).roles)
  const provider = deployed(text, prod).find(({ type }) => type === 'AWS::IAM::SAMLProvider')
  assert.deepEqual(provider?.properties, { Name: 'rolebridge', SamlMetadataDocument: metadata })
  const types = deployed(text, prod, { CreateSamlProvider: 'no' }).map(({ type }) => type)
  assert.ok(!types.includes('AWS::IAM::SAMLProvider'))
  const asked = deployed(written(plan(everyKind).roles, {}), prod)
  assert.ok(!asked.some(({ type }) => type === 'AWS::IAM::SAMLProvider'))
})

test('the same rules make the same text, whatever the order of the rules', () => {
  const [, ...parts] = everyKind.split(/(?=^ {2}- id)/m)
  const turned = `\n${parts.toReversed().join('')}`
  assert.equal(written(plan(turned).roles), written(plan(everyKind).roles))
  assert.match(
    written(plan(everyKind).roles),
    /^# Generated by rolebridge iac from rolebridge\.yaml, configuration 0123456789ab\.\n/,
  )
})

test('a role keeps its place in the template when another account comes to hold another variant of it', () => {
  const ids = (rules: string) =>
    rolesIn(written(plan(rules).roles), dev, { NightlySubjects: ['x'] }).map(({ id }) => id)
  const [first = ''] = everyKind.split(/(?= {2}- id: release)/)
  const changed = first.replace('maxDuration: 8h', 'maxDuration: 2h')
  assert.deepEqual(ids(changed), ids(first))
})

test('names that differ in signs alone stay apart', () => {
  const rules = `
  - id: one
    match: { groups: '^a$' }
    grant: { accounts: { env: prod }, roles: [a-b, a_b, A-B, x/a-b] }
`
  const made = rolesIn(written(plan(rules).roles), prod)
  assert.deepEqual(made.map(({ properties }) => `${properties.Path ?? '/'}${properties.RoleName}`).sort(), [
    '/A-B',
    '/a-b',
    '/a_b',
    '/x/a-b',
  ])
})

test('more than CloudFormation takes is a clear fault', () => {
  const names = Array.from({ length: 250 }, (_, index) => `R${index}`).join(', ')
  const rules = `
  - id: many
    match: { groups: '^a$' }
    grant: { accounts: '*', roles: [${names}] }
`
  assert.throws(() => written(plan(rules).roles), /has 252 parameters, and CloudFormation takes 200/)
})

test('cfn-lint has nothing to say', { skip: linter ? false : 'there is no cfn-lint' }, async () => {
  const folder = mkdtempSync(join(tmpdir(), 'rolebridge-iac-'))
  try {
    const { roles } = plan(everyKind)
    const texts = [
      written(roles),
      written(roles, {}),
      ...[prod, dev].map((account) => written(roles.filter((role) => role.account === account))),
    ]
    const files = texts.map((text, index) => {
      const file = join(folder, `${index}.yaml`)
      writeFileSync(file, text)
      return file
    })
    await promisify(execFile)(linter ?? '', ['--regions', 'eu-west-1', '--', ...files]).catch((error) =>
      assert.fail(error.stdout),
    )
  } finally {
    rmSync(folder, { recursive: true })
  }
})
