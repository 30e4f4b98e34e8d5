import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, test } from 'node:test'
import { pathToFileURL } from 'node:url'
import Database from 'libsql'
import { auditSender, webhookOptions } from '../../src/delivery/index.ts'
import { createEvents, type Event, openSinks, verifyChain } from '../../src/events/index.ts'
import { secret } from '../delivery/opened.ts'
import { startReceiver } from '../delivery/receiver.ts'
import { deps, issued, signedIn } from '../events/samples.ts'

const root = join(import.meta.dirname, '../..')
const folder = mkdtempSync(join(tmpdir(), 'rolebridge-siem-'))
after(() => rmSync(folder, { recursive: true, force: true }))
const example = (name: string) => readFileSync(join(root, 'examples/siem', name), 'utf8')

test('the guide’s own code knows a real delivery, and no other', async () => {
  const [, code = ''] =
    /```js\n([\s\S]*?)```/.exec(readFileSync(join(root, 'docs/guides/siem.md'), 'utf8')) ?? []
  const file = join(folder, 'check.mjs')
  writeFileSync(file, code)
  const { isFromRolebridge } = await import(pathToFileURL(file).href)
  const receiver = await startReceiver()
  const other = `whsec_${Buffer.alloc(32, 9).toString('base64')}`
  const { clock } = deps()
  const options = webhookOptions.parse({ url: receiver.url, secret: [other, secret] })
  await auditSender(options, { fetch, clock, version: 'test' }).send([
    { ...signedIn, id: 'ä', at: 'x' } as Event,
  ])
  await receiver.close()
  const [{ headers, body } = { headers: {}, body: '' }] = receiver.all
  assert.equal(isFromRolebridge(headers, body, [secret], clock()), true)
  assert.equal(isFromRolebridge(headers, body, [other], clock()), true)
  assert.equal(isFromRolebridge(headers, `${body} `, [secret], clock()), false)
  assert.equal(isFromRolebridge(headers, body, [`whsec_${'A'.repeat(44)}`], clock()), false)
  assert.equal(isFromRolebridge(headers, body, [secret], clock() + 301_000), false)
  assert.equal(isFromRolebridge({ ...headers, 'webhook-id': 'x' }, body, [secret], clock()), false)
  assert.equal(isFromRolebridge({}, body, [secret], clock()), false)
})

describe('CloudTrail against the trail', () => {
  const db = new Database(':memory:')
  after(() => db.close())
  const provider = 'arn:aws:iam::111122223333:saml-provider/rolebridge'
  db.exec(`CREATE TABLE cloudtrail_logs (eventtime, eventsource, eventname, errorcode, recipientaccountid, sourceipaddress,
    requestparameters, responseelements, requestid)`)
  db.exec(
    'CREATE TABLE rolebridge_events (type, at, "user", accountid, rolearn, assumedroleid, accesskeyid, awsrequestid)',
  )
  const call = (
    id: string,
    more: { key?: string; error?: string; by?: string; name?: string; time?: string } = {},
  ) =>
    db.prepare('INSERT INTO cloudtrail_logs VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)').run(
      more.time ?? '2026-11-10T08:00:00Z',
      'sts.amazonaws.com',
      more.name ?? 'AssumeRoleWithSAML',
      more.error ?? null,
      '111122223333',
      '198.51.100.7',
      JSON.stringify({
        roleArn: 'arn:aws:iam::111122223333:role/Admin',
        principalArn: more.by ?? provider,
      }),
      more.error
        ? null
        : JSON.stringify({
            credentials: { accessKeyId: more.key ?? `ASIA${id}` },
            assumedRoleUser: { arn: `arn:aws:sts::111122223333:assumed-role/Admin/${id}` },
          }),
      id,
    )
  const handOut = (id: string, type = 'credentials_issued') =>
    db
      .prepare('INSERT INTO rolebridge_events VALUES (?, ?, ?, ?, ?, ?, ?, ?)')
      .run(type, '2026-11-10T08:00:00.100Z', 'alice', '111122223333', 'Admin', 'AROA:alice', `ASIA${id}`, id)
  call('ours')
  handOut('ours')
  handOut('ours')
  call('console')
  handOut('console', 'console_link_issued')
  call('refused', { error: 'AccessDenied' })
  call('stolen')
  call('elsewhere', { by: 'arn:aws:iam::111122223333:saml-provider/okta' })
  call('before', { time: '2026-10-01T08:00:00Z' })
  handOut('invented')
  call('swapped', { key: 'ASIAother' })
  handOut('swapped')
  call('denied', { error: 'AccessDenied' })
  handOut('denied')

  /** Athena's words as SQLite has them: one function is called otherwise; the words of Lake are a column of JSON. */
  const ask = (name: string) => {
    const sql = example(name)
      .replaceAll('json_extract_scalar(', 'json_extract(')
      .replaceAll(/element_at\(requestParameters, '(\w+)'\)/g, "json_extract(requestParameters, '$$.$1')")
      .replaceAll('EVENT_DATA_STORE\n', 'cloudtrail_logs\n')
      .replaceAll(/'(2026-11-\d\d) 00:00:00'/g, "'$1T00:00:00Z'")
    return (db.prepare(sql).all() as Record<string, string>[]).map(
      (row) => row.requestid ?? row.awsrequestid ?? row.requestID,
    )
  }

  test('finds sessions that nobody handed out', () => {
    assert.deepEqual(ask('not-ours.sql'), ['stolen'])
  })

  test('finds hand-outs that AWS does not know, or knows otherwise', () => {
    assert.deepEqual(ask('without-a-call.sql').sort(), ['denied', 'invented', 'swapped'])
  })

  test('asks CloudTrail Lake for every call of the provider that succeeded', () => {
    assert.deepEqual(ask('cloudtrail-lake.sql').sort(), ['console', 'ours', 'stolen', 'swapped'])
  })

  test('looks at fields that events really have', () => {
    const table = example('athena-tables.sql')
    const columns = [...table.matchAll(/^ {2}`?(\w+)`? string/gm)].map(([, name]) => name)
    const names = [...Object.keys(issued), 'id', 'at', 'assumedRoleId', 'awsRequestId'].map((name) =>
      name.toLowerCase(),
    )
    assert.ok(columns.length > 10)
    for (const column of columns) assert.ok(names.includes(column ?? ''), column)
  })
})

test('what is kept of the chain is its end', {
  skip: spawnSync('sh', ['-c', 'command -v jq']).status !== 0 || process.platform !== 'linux',
}, async () => {
  const file = join(folder, 'audit.jsonl')
  const events = createEvents({ ...deps(), sinks: await openSinks({ stdout: false, file }, deps()) })
  for (let n = 0; n < 3; n++)
    await events.emit({ ...issued, detail: undefined, user: 'ä "quoted" \\ %s' } as never)
  await events.close()
  const kept = join(folder, 'kept')
  const aws = join(folder, 'aws')
  writeFileSync(
    aws,
    `#!/bin/sh\nfor last; do [ "$before" = --body ] && cp "$last" ${kept}; before=$last; done\necho "$@" >&2\n`,
  )
  chmodSync(aws, 0o755)
  const script = join(root, 'examples/siem/anchor-head.sh')
  execFileSync(script, [file, 'EXAMPLE-BUCKET'], {
    env: { PATH: `${folder}:${process.env.PATH}` },
    stdio: 'pipe',
  })
  const { seq, hash } = JSON.parse(readFileSync(kept, 'utf8'))
  const verdict = await verifyChain(file)
  assert.ok(verdict.ok)
  assert.deepEqual({ seq, hash }, { seq: verdict.end.seq, hash: verdict.end.hash })
})
