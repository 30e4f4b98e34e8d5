import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startStage } from '../stage.ts'
import { Program } from './program.ts'

const role = 'arn:aws:iam::111122223333:role/Admin'

/** Text that does not pack smaller, of the letters that tags take. */
const noise = (length: number) => {
  let seed = 7
  return Array.from({ length }, () => {
    seed = (seed * 48_271) % 2_147_483_647
    return 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+-'[seed % 64]
  }).join('')
}

/** The demo's rule with this many tags of incompressible text. */
const tagged = (count: number) => (yaml: string) =>
  yaml.replace(
    "      sourceIdentity: '${user|safe}'\n",
    `      tags:\n${Array.from({ length: count }, (_, i) => `        T${i}: '${noise(250 * (i + 1)).slice(-250)}'\n`).join('')}`,
  )

test('a session near AWS’s limit is warned of once a rule, and its size stands in the explanation', async (t) => {
  const stage = await startStage({ config: tagged(13) })
  t.after(() => stage.close())
  const cli = new Program(stage)
  const token = (await cli.signIn('alice')).body.access_token
  const before = await cli.api('GET', `/api/v1/explain?role=${encodeURIComponent(role)}`, token)
  assert.doesNotMatch(JSON.stringify(before.body), /last session/)
  for (let i = 0; i < 2; i++)
    assert.equal((await cli.api('POST', '/api/v1/credentials', token, { role })).status, 200)
  const warnings = (await stage.audit()).filter(({ type }) => type === 'warning')
  const near = warnings.filter(({ message }) =>
    /^rule by-group-name: a session of .* % of what AWS allows \(4096\)$/.test(String(message)),
  )
  assert.equal(near.length, 1, JSON.stringify(warnings))
  const { body } = await cli.api('GET', `/api/v1/explain?role=${encodeURIComponent(role)}`, token)
  assert.match(body.steps[0].say, /Your last session of it had \d{4} bytes, 9\d % of what AWS allows\.$/)
})

test('a session that AWS finds too large is refused with whose part is how large', async (t) => {
  const stage = await startStage({ config: tagged(16) })
  t.after(() => stage.close())
  const cli = new Program(stage)
  const token = (await cli.signIn('alice')).body.access_token
  assert.equal((await cli.api('POST', '/api/v1/credentials', token, { role })).status, 403)
  const refused = (await stage.audit()).findLast(({ type }) => type === 'credentials_refused')
  assert.match(
    String(refused?.detail),
    /AWS speaks of \d{4} bytes where 4096 are allowed\. Largest first: 16 tags/,
  )
})
