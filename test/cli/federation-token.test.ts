import assert from 'node:assert/strict'
import { test } from 'node:test'
import { callerOf } from '../caller.ts'
import { startStage } from '../stage.ts'
import { buildCommandLine, logIn } from './command-line.ts'

const reports = 'arn:aws:iam::111122223333:federated-user/Reports'
const broker = { accessKeyId: 'AKIABROKERXXXXXXXXXX', secretAccessKey: 'b'.repeat(40) }
const everything = { Version: '2012-10-17', Statement: { Effect: 'Allow', Action: '*', Resource: '*' } }

test('a federated user is listed, found by name, kept and handed to AWS’s tools like a role', async () => {
  process.env.BROKER_ACCESS_KEY_ID = broker.accessKeyId
  process.env.BROKER_SECRET_ACCESS_KEY = broker.secretAccessKey
  const rule = `  - id: classic
    match: { groups: '^aws-111122223333-Admin$' }
    grant: { via: get-federation-token, account: '111122223333', name: Reports, policy: ${JSON.stringify(everything)} }
auditors`
  const config = (yaml: string) =>
    yaml
      .replace(/^auditors/m, () => rule)
      .replace(/^aws:\n/m, "aws:\n  broker: { '111122223333': env:BROKER }\n")
  const [stage, cli] = await Promise.all([startStage({ config }), buildCommandLine()])
  try {
    const arn = 'arn:aws:iam::111122223333:user/broker'
    const user = { arn, id: 'AIDABROKER', ...broker, permissions: JSON.stringify(everything) }
    stage.world.sts.state.users.set(arn, user)
    assert.equal((await logIn(cli, stage, 'alice')).code, 0)
    assert.match((await cli.run(['list'])).stdout, /Reports +.*federated-user\/Reports/)
    const [first, again, named] = [
      await cli.run(['credential-process', '--role', reports]),
      await cli.run(['credential-process', '--role', reports]),
      await cli.run(['credential-process', '--role', 'production/Reports']),
    ]
    assert.equal(first.code, 0, first.stderr)
    assert.deepEqual([again.stdout, named.stdout], [first.stdout, first.stdout])
    assert.equal(
      await callerOf(stage, first.stdout),
      'arn:aws:sts::111122223333:federated-user/alice@corp.example',
    )
  } finally {
    await Promise.all([stage.close(), cli.close()])
  }
})
