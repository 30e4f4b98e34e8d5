import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { test } from 'node:test'
import { startStage } from '../stage.ts'

/** A trail of which somebody took the second record away while the bridge was down. */
async function trailWithHole(folder: string) {
  const hash = (line: string) => createHash('sha256').update(line).digest('hex')
  let prev = '0'.repeat(64)
  const lines = [1, 2, 3].map((seq) => {
    const at = new Date(Date.UTC(2026, 0, seq)).toISOString()
    const line = JSON.stringify({ seq, prev, id: `old-${seq}`, at, type: 'warning', message: 'old' })
    prev = hash(line)
    return `${line}\n`
  })
  await writeFile(`${folder}/audit.jsonl`, [lines[0], lines[2]].join(''), { mode: 0o600 })
}

test('records that are missing are told in the trail, and the metrics say how far each node is', async () => {
  const stage = await startStage({
    config: (yaml) => `${yaml}\nhistory: sqlite:history.db\nnode: bridge-1\n`,
    prepare: trailWithHole,
  })
  try {
    const told = async () =>
      (await stage.audit()).filter(
        ({ type, message }) => type === 'warning' && /misses/.test(String(message)),
      )
    while ((await told()).length === 0) await new Promise((resolve) => setTimeout(resolve, 20))
    assert.deepEqual(
      (await told()).map(({ message }) => message),
      ['the history misses the records 2 to 2 of node bridge-1'],
    )
    const metrics = await (await fetch(`${stage.url}/metrics`)).text()
    assert.match(metrics, /^rolebridge_history_seq\{node="bridge-1"\} [3-9]$/m)
    assert.match(metrics, /^rolebridge_history_gaps 1$/m)
  } finally {
    await stage.close()
  }
})
