import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { decide } from '../flows/program.ts'
import { Person } from '../person.ts'
import { type Stage, somebody, startStage, withRules } from '../stage.ts'
import { buildCommandLine, type CommandLine, ended, logIn, said } from './command-line.ts'

const admin = 'arn:aws:iam::111122223333:role/Admin'
const rules = `rules:
  - id: production
    match: { groups: '^production$' }
    grant: { role: '${admin}' }
    condition: { Bool: { 'bridge:MultiFactorAuthPresent': true } }
`

let stage: Stage
let cli: CommandLine
before(async () => {
  stage = await startStage({ people: [somebody('ina', 'production')], config: withRules(rules) })
  cli = await buildCommandLine()
  assert.equal((await logIn(cli, stage, 'ina')).code, 0)
})
after(async () => {
  await cli?.close()
  await stage?.close()
})

test('whoever is refused for want of a second factor reads the exact command that signs in with one', async () => {
  const command = `rolebridge login --url ${stage.url} --step-up ${admin}`
  for (const asked of [
    ['credentials', '--role', 'Admin'],
    ['credentials', '--role', admin],
    ['credential-process', '--role', admin],
    ['env', '--role', admin],
    ['exec', '--role', admin, '--', 'true'],
  ]) {
    const { code, stdout, stderr } = await cli.run(asked)
    assert.equal(code, 1, `${asked} ${stderr}`)
    assert.equal(stdout, '')
    assert.ok(stderr.includes(`Sign in with: ${command}`), stderr)
  }
})

for (const [how, more] of [
  ['by code', []],
  ['by loopback', ['--pkce']],
] as const)
  test(`login --step-up signs in anew with what the role wants, ${how}, and takes it then`, async () => {
    assert.equal((await logIn(cli, stage, 'ina', ['--force'])).code, 0)
    assert.equal((await cli.run(['credentials', '--role', admin])).code, 1)
    const { code, stderr } = await steppedUp(['login', '--url', stage.url, '--step-up', admin, ...more])
    assert.equal(code, 0, stderr)
    const { code: taken, stderr: why } = await cli.run(['credential-process', '--role', admin])
    assert.equal(taken, 0, why)
  })

/** Runs a login; a person follows its address, and steps up on the way. */
async function steppedUp(args: readonly string[]) {
  const child = cli.start(args)
  const done = ended(child)
  const [address] = await said(child, /https?:\/\/\S*\/(?:device|oauth\/authorize)\S*/)
  const ina = new Person()
  const offer = await ina.signIn(stage.url, 'ina', 'ina', address.slice(stage.url.length))
  const form = offer.forms.findIndex(({ action }) => action === '/step-up')
  const leaving = await ina.submit(offer, { role: admin }, form)
  const code = await ina.get(/url=(.+)$/.exec(leaving.headers.get('refresh') ?? '')?.[1] ?? '')
  const approval = await ina.follow(await ina.submit(await ina.submit(code, { code: '123456' })))
  await ina.follow(await decide(ina, approval, 'approve'))
  return done
}
