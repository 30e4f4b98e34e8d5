import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { type Stage, startStage } from '../stage.ts'
import { buildCommandLine, type CommandLine, ended, logIn, until } from './command-line.ts'

const admin = 'arn:aws:iam::111122223333:role/Admin'

describe('rolebridge audit', () => {
  let stage: Stage
  let cli: CommandLine
  before(async () => {
    ;[stage, cli] = await Promise.all([startStage(), buildCommandLine()])
    await logIn(cli, stage, 'alice')
    assert.equal((await cli.run(['credentials', '--role', admin])).code, 0)
  })
  after(async () => {
    await Promise.all([stage?.close(), cli?.close()])
  })

  test('prints a table with the newest at the end, and every format of the bridge', async () => {
    const shown = await cli.run(['audit', '--type', 'credentials_issued,sign_in'])
    assert.equal(shown.code, 0, shown.stderr)
    const lines = shown.stdout.trimEnd().split('\n')
    assert.match(lines[0] ?? '', /^TIME \(UTC\) +EVENT +PERSON +REQUEST +WHAT$/)
    assert.match(
      lines.at(-1) ?? '',
      /credentials_issued +alice@corp\.example +\S{16} +111122223333\/Admin · /,
    )
    const json = JSON.parse((await cli.run(['audit', '--role', admin, '--json'])).stdout)
    assert.deepEqual(
      json.map(({ type }: { type: string }) => type),
      ['credentials_issued'],
    )
    const csv = await cli.run(['audit', '--format', 'csv', '--role', admin])
    assert.match(csv.stdout, /^at,type,outcome,user,[\s\S]*credentials_issued/)
    const ocsf = await cli.run(['audit', '--format', 'ocsf', '--role', admin])
    assert.equal(JSON.parse(ocsf.stdout).class_uid, 3003)
  })

  test('follows what comes in', async () => {
    const child = cli.start(['audit', '--follow', '--format', 'ndjson', '--limit', '1'])
    let said = ''
    child.stdout?.on('data', (text) => {
      said += text
    })
    const done = ended(child)
    await until(() => said.trimEnd().split('\n').length === 1 && said !== '')
    assert.equal((await cli.run(['credentials', '--role', admin, '--duration', '20m'])).code, 0)
    await until(() => said.trimEnd().split('\n').length === 2)
    child.kill()
    await done
    const [before, news] = said
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line))
    assert.notEqual(before.id, news.id)
    assert.equal(news.type, 'credentials_issued')
  })

  test('says what is no filter, and that others are others’ business', async () => {
    const bad = await cli.run(['audit', '--since', 'yesterday'])
    assert.equal(bad.code, 5)
    assert.match(bad.stderr, /since must be a time such as/)
    const others = await cli.run(['audit', '--user', 'bob@corp.example'])
    assert.equal(others.code, 3)
    assert.match(others.stderr, /Only auditors may read the audit trail of others/)
    assert.equal((await cli.run(['audit', '--follow', '--until', '1d'])).code, 5)
  })
})
