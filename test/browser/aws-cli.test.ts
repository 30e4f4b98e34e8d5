import assert from 'node:assert/strict'
import { test } from 'node:test'
import { findAwsCli, login, setUpMachine } from '../native/machine.ts'
import { startStage } from '../stage.ts'
import { fillIn, startChromium, visit } from './chromium.ts'

const aws = await findAwsCli()
const skip =
  aws === undefined && 'There is no AWS CLI 2.13 or newer here, and the system’s packages bring none.'

test('aws sso login ends after an approval in the browser', { skip }, async (t) => {
  const stage = await startStage()
  t.after(() => stage.close())
  const machine = await setUpMachine(stage)
  t.after(() => machine.remove())
  const browser = await startChromium()
  t.after(() => browser.close())
  const { page, complaints } = await visit(browser)
  const { code, stderr } = await login(aws ?? '', machine, async (address) => {
    await page.goto(address)
    await fillIn(page, 'alice')
    await page.getByRole('button', { name: 'Let it in' }).click()
    await page.getByRole('heading', { name: 'You are done' }).waitFor()
  })
  assert.equal(code, 0, stderr)
  assert.deepEqual(complaints, [])
  const { stdout } = await machine.run(aws ?? '', ['sts', 'get-caller-identity', '--query', 'Arn'])
  assert.match(stdout, /assumed-role\/Admin\/alice/)
})
