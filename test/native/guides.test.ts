import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { findAwsCli } from './machine.ts'
import { isAnswer, startWalker, walkOf } from './walk.ts'

const aws = await findAwsCli()
const skip =
  aws === undefined && 'There is no AWS CLI 2.13 or newer here, and the system’s packages bring none.'

/** Guides with a part that can be tried in an empty folder, and who signs in there. */
const guides = { 'federation-token': 'dave', 'mfa-for-iam-users': undefined } as const

describe('whoever follows a guide from an empty folder sees what it shows', { skip }, () => {
  for (const [guide, name] of Object.entries(guides))
    test(guide, async () => {
      const walker = await startWalker(aws ?? '')
      try {
        const blocks = walkOf(`docs/guides/${guide}.md`, 'Try it')
        assert.ok(blocks.length > 2)
        for (const steps of blocks) {
          for (const step of steps) {
            const said = await walker.take(step, name)
            const isDemo = step.command.startsWith('rolebridge demo')
            const isRight = isDemo ? said.includes('Ctrl-C stops everything.') : isAnswer(said, step)
            assert.ok(isRight, `$ ${step.command}\n${said}`)
          }
          await walker.wait()
        }
      } finally {
        await walker.close()
      }
    })
})

test('another answer than the page’s is noticed', () => {
  const step = { command: 'x', answer: ['a … c', '…', 'd'] }
  assert.ok(isAnswer('\na b c\n1\n2\nd\n', step))
  assert.ok(isAnswer('a b c\nd', step))
  assert.ok(!isAnswer('a b c\nd\ne\n', step))
  assert.ok(!isAnswer('a b\nd\n', step))
  assert.ok(isAnswer('', { ...step, answer: [] }))
  assert.ok(!isAnswer('words', { ...step, answer: [] }))
})
