import { setImmediate } from 'node:timers/promises'
import type { BridgeParts } from '../parts.ts'
import type { Seen } from './seen.ts'

/** Records after which others get their turn. */
const turn = 100

/** Everybody who signed in lately, in no order, one at a time; other requests are answered meanwhile. */
export async function* everybodySeen({ seen }: Pick<BridgeParts, 'seen'>): AsyncGenerator<Seen> {
  let count = 0
  for await (const one of seen.values()) {
    count += 1
    if (count % turn === 0) await setImmediate()
    yield one
  }
}
