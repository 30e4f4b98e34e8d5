import assert from 'node:assert/strict'
import { setTimeout as pause } from 'node:timers/promises'

/** Waits for what happens in another process or in the background; nothing may depend on how long exactly. */
export async function until(condition: () => Promise<boolean> | boolean, seconds = 30): Promise<void> {
  for (let tries = 0; tries < seconds * 10; tries++) {
    const happened = await Promise.resolve()
      .then(condition)
      .catch(() => false)
    if (happened) return
    await pause(100)
  }
  assert.fail(`it did not happen within ${seconds} seconds`)
}
