import assert from 'node:assert/strict'
import { after, before, beforeEach, describe, test } from 'node:test'
import { type Stage, startStage } from '../stage.ts'
import { Program } from './program.ts'

const hub = 'arn:aws:iam::111122223333:role/hub'
const target = 'arn:aws:iam::444455556666:role/Target'
const rules = `rules:
  - id: across
    match: { groups: '^aws-111122223333-Admin$' }
    grant: { role: '${target}', via: assume-role, through: '${hub}' }
`
const statement = (principal: object, action: string) => ({
  Effect: 'Allow',
  Principal: principal,
  Action: action,
})

describe('the credentials of a hub that are kept', () => {
  let stage: Stage
  let cli: Program
  let alice: string
  before(async () => {
    stage = await startStage({
      config: (yaml) => yaml.replace(/^rules:[\s\S]*?(?=^auditors)/m, () => rules),
    })
    cli = new Program(stage)
  })
  after(() => stage.close())
  beforeEach(async () => {
    openTo(hub)
    revokeBefore(0)
    stage.advance(4000)
    alice = (await cli.signIn('alice')).body.access_token
    assert.equal((await ask()).status, 200)
  })

  const ask = () => cli.api('POST', '/api/v1/credentials', alice, { role: target })
  const openTo = (role: string) => stage.role(target, statement({ AWS: role }, 'sts:AssumeRole'))
  /** What "Revoke active sessions" of the IAM console writes into the role. */
  function revokeBefore(instant: number) {
    const Condition = { DateLessThan: { 'aws:TokenIssueTime': new Date(instant).toISOString() } }
    const permissions = {
      Statement: [
        { Effect: 'Allow', Action: '*', Resource: '*' },
        { Effect: 'Deny', Action: '*', Resource: '*', Condition },
      ],
    }
    const provider = { Federated: 'arn:aws:iam::111122223333:saml-provider/rolebridge' }
    stage.role(hub, statement(provider, 'sts:AssumeRoleWithSAML'))
    const { roles } = stage.world.sts.state
    const role = roles.get(hub)
    assert.ok(role)
    roles.set(hub, { ...role, permissions: JSON.stringify(permissions) })
  }
  const opened = () => stage.world.sts.issued.recent(10_000).filter(({ owner }) => owner === hub).length
  const statuses = async (times: number) =>
    (await Promise.all(Array.from({ length: times }, ask))).map(({ status }) => status)

  test('are fetched anew, once for many, when IAM revoked its sessions', async () => {
    stage.advance(120)
    revokeBefore(stage.now() - 5000)
    const before = opened()
    assert.deepEqual(new Set(await statuses(8)), new Set([200]))
    assert.equal(opened() - before, 1)
    assert.deepEqual(new Set(await statuses(2)), new Set([200]))
    assert.equal(opened() - before, 1)
  })

  test('are fetched anew at most once a minute when the role behind it is forbidden', async () => {
    openTo('arn:aws:iam::111122223333:role/other')
    const before = opened()
    assert.deepEqual(new Set(await statuses(3)), new Set([403]))
    assert.equal(opened() - before, 0, 'what was fetched within the minute is as good as new')
    for (let minutes = 1; minutes < 3; minutes++) {
      stage.advance(61)
      assert.deepEqual(new Set(await statuses(4)), new Set([403]))
      assert.deepEqual(new Set(await statuses(4)), new Set([403]))
      assert.equal(opened() - before, minutes)
    }
    const last = (await stage.audit()).findLast(({ type }) => type === 'credentials_refused')
    assert.match(String(last?.detail), /does not allow sts:AssumeRole to arn:aws:iam::111122223333:role\/hub/)
  })

  test('are asked for once a minute while the hub itself is closed, and the refusal stays the role’s', async () => {
    stage.advance(61)
    const entrance = 'arn:aws:iam::111122223333:saml-provider/another'
    stage.role(hub, statement({ Federated: entrance }, 'sts:AssumeRoleWithSAML'))
    openTo('arn:aws:iam::111122223333:role/other')
    assert.deepEqual(new Set(await statuses(3)), new Set([403]))
    const last = (await stage.audit()).findLast(({ type }) => type === 'credentials_refused')
    assert.match(String(last?.detail), /does not allow sts:AssumeRole to arn:aws:iam::111122223333:role\/hub/)
    revokeBefore(0)
    openTo(hub)
    assert.equal((await ask()).status, 200, 'what was kept still is')
  })
})
