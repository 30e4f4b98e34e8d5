import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startStage } from '../stage.ts'
import { failure, startQueryServer } from '../sts/query-server.ts'
import { Program } from './program.ts'

test('when STS calls the bridge’s own assertion expired, nobody is sent to sign in again', async (t) => {
  const sts = await startQueryServer(t)
  sts.answer(failure(400, 'ExpiredTokenException', 'Token must be redeemed within 5 minutes of issuance'))
  const stage = await startStage({
    config: (yaml) => yaml.replace(/stsEndpoint: .*/, `stsEndpoint: ${sts.url}`),
  })
  t.after(() => stage.close())
  const cli = new Program(stage)
  const { body: tokens } = await cli.signIn('alice')
  const wish = { role: 'arn:aws:iam::111122223333:role/Admin' }
  const { status, body } = await cli.api('POST', '/api/v1/credentials', tokens.access_token, wish)
  assert.deepEqual([status, body.code], [403, 'aws_refused'])
  assert.match(body.title, /its clock is wrong/)
  const refused = (await stage.audit()).findLast(({ type }) => type === 'credentials_refused')
  assert.match(String(refused?.detail), /Set the clock of this machine/)
})
