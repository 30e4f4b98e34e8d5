import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { copyFileSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { parse } from 'yaml'
import { partitions } from '../../src/sts/index.ts'
import { startStage } from '../stage.ts'

const file = fileURLToPath(new URL('../../examples/iam-saml-provider.yaml', import.meta.url))
const template = parse(readFileSync(file, 'utf8'), { logLevel: 'silent' })
const linter = process.env.CFN_LINT

test('the template for IAM is sound in every partition', {
  skip: linter ? false : 'there is no cfn-lint',
}, async () => {
  const regions = ['eu-west-1', 'us-gov-west-1', 'cn-north-1']
  // Ends with an exit code other than 0 when there is anything to say.
  const hub = join(dirname(file), 'iam-hub.yaml')
  await promisify(execFile)(linter ?? '', ['--regions', ...regions, '--', file, hub])
})

test('the template names for each partition the recipient that the bridge writes there', () => {
  const recipients = Object.entries(partitions).map(([name, { recipient }]) => [
    name,
    { Recipient: recipient },
  ])
  assert.deepEqual(template.Mappings.SignIn, Object.fromEntries(recipients))
})

test('the bridge’s own metadata fits into a parameter of CloudFormation, also while its key rolls over', async () => {
  const stage = await startStage()
  try {
    const folder = dirname(stage.world.configFile)
    copyFileSync(join(folder, 'sp-signing.crt'), join(folder, 'aws-signing.next.crt'))
    await stage.restart()
    const metadata = await (await fetch(`${stage.url}/aws/metadata.xml`)).text()
    assert.equal(metadata.match(/<ds:X509Certificate>/g)?.length, 2)
    assert.ok(Buffer.byteLength(metadata) <= 4096, `${Buffer.byteLength(metadata)} bytes`)
  } finally {
    await stage.close()
  }
})

test('the first role is let in by SAML alone and reads no contents', () => {
  const { AssumeRolePolicyDocument: trust, ManagedPolicyArns: policies } = template.Resources.Role.Properties
  assert.deepEqual(policies, ['arn:${AWS::Partition}:iam::aws:policy/job-function/ViewOnlyAccess'])
  const actions = trust.Statement.flatMap(({ Action }: { Action: string[] }) => Action)
  assert.deepEqual(actions, ['sts:AssumeRoleWithSAML', 'sts:TagSession', 'sts:SetSourceIdentity'])
  for (const { Condition } of trust.Statement) assert.ok(Condition.StringEquals['SAML:aud'])
})
