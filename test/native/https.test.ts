import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { after, before, describe, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { buildCommandLine, type CommandLine, said } from '../cli/command-line.ts'
import { type Stage, startStage } from '../stage.ts'
import { findAwsCli, login, type Machine, setUpMachine } from './machine.ts'

const aws = await findAwsCli()
const skip =
  aws === undefined && 'There is no AWS CLI 2.13 or newer here, and the system’s packages bring none.'
const visitor = fileURLToPath(new URL('visitor.ts', import.meta.url))

describe('the demo by https', () => {
  let stage: Stage
  let cli: CommandLine
  let machine: Machine
  let trust: Record<string, string>
  before(async () => {
    ;[stage, cli] = await Promise.all([startStage({ https: true }), buildCommandLine()])
    const authority = stage.world.authorityFile ?? ''
    trust = { NODE_EXTRA_CA_CERTS: authority, AWS_CA_BUNDLE: authority }
    machine = await setUpMachine(stage)
    machine = { ...machine, env: { ...machine.env, ...trust } }
  })
  after(async () => {
    await Promise.all([stage?.close(), cli?.close(), machine?.remove()])
  })
  const visit = async (address: string) => {
    const browser = spawn(process.execPath, ['--import', 'tsx', visitor, stage.url, 'alice', address], {
      env: { ...process.env, ...trust },
      stdio: ['pipe', 'pipe', 'inherit'],
    })
    browser.stdout.on('data', () => {
      stage.advance(1)
      browser.stdin.write('\n')
    })
    const [code] = await once(browser, 'close')
    assert.equal(code, 0)
  }

  test('signs the command line in with the authority that it prints, and not without', async () => {
    const blind = await cli.run(['login', '--url', stage.url])
    assert.equal(blind.code, 4)
    assert.match(blind.stderr, /its certificate is not trusted .*NODE_EXTRA_CA_CERTS/)
    const child = cli.start(['login', '--url', stage.url], { env: trust })
    const ended = once(child, 'close')
    const [address] = await said(child, /https:\/\/\S*\/device\S*/)
    await visit(address)
    assert.equal((await ended)[0], 0)
    assert.equal((await cli.run(['credentials', '--role', 'Admin'], trust)).code, 0)
  })

  test('signs the stock AWS CLI in and lets it act as the role', { skip }, async () => {
    const done = await login(aws ?? '', machine, visit)
    assert.equal(done.code, 0, done.stderr)
    const args = ['sts', 'get-caller-identity', '--query', 'Arn', '--output', 'text']
    const { stdout, stderr } = await machine.run(aws ?? '', args, machine.env)
    assert.match(stdout, /assumed-role\/Admin\/alice/, stderr)
  })
})
