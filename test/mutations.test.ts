import { test } from 'node:test'
import { find } from '../scripts/mutations/bundle.ts'
import { rooms } from '../scripts/mutations/index.ts'

for (const [room, groups] of Object.entries(rooms))
  test(`the checks that ‘npm run mutations’ takes away from ${room}/ are where its table says`, () => {
    for (const { removals } of groups) for (const removal of removals) find(removal)
  })
