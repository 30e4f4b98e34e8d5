import assert from 'node:assert/strict'
import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { startDemoWorld } from '../../src/demo/index.ts'
import { makeFolder } from '../config/folder.ts'
import { freePort } from '../free-port.ts'

const now = Date.UTC(2026, 2, 2, 9, 0, 7)

async function world(folder: string, iamUsers: boolean) {
  const ports = { bridge: await freePort(), idp: await freePort(), sts: await freePort() }
  return startDemoWorld({
    ...{ folder, ports, federation: 'reissue', clock: () => now },
    ...(iamUsers && { iamUsers: { program: ['rolebridge'] } }),
  })
}

test('the demo has no keys of IAM users unless it is asked for them', async () => {
  const folder = makeFolder({})
  const { close, sts, urls, configFile } = await world(folder, false)
  try {
    assert.equal(sts.state.users.size, 0)
    assert.equal((await fetch(`${urls.sts}/devices/alice`)).status, 404)
    await assert.rejects(stat(join(configFile, '../broker')), { code: 'ENOENT' })
  } finally {
    await close()
  }
})

test('keys of the demo’s IAM users lie where only their owner reads them, and are the same at the next start', async () => {
  const folder = makeFolder({})
  const first = await world(folder, true)
  await first.close()
  for (const name of ['broker', 'aws/credentials', 'aws/config'])
    assert.equal((await stat(join(folder, name))).mode & 0o777, 0o600, name)
  const again = await world(folder, true)
  await again.close()
  assert.deepEqual([...again.sts.state.users], [...first.sts.state.users])
  const other = await world(makeFolder({}), true)
  await other.close()
  const ids = [first, other].flatMap(({ sts }) =>
    [...sts.state.users.values()].map(({ accessKeyId }) => accessKeyId),
  )
  assert.equal(new Set(ids).size, 4)
  for (const id of ids) assert.match(id, /^AKIA[A-Z2-7]{16}$/)
})

test('the device on the table shows programs the code, and browsers the secret too', async () => {
  const { close, urls } = await world(makeFolder({}), true)
  try {
    const program = await fetch(`${urls.sts}/devices/alice`)
    const [, code] = /^(\d{6}) \(for 23 s\)\n$/.exec(await program.text()) ?? []
    assert.ok(code)
    const browser = await fetch(`${urls.sts}/devices/alice`, { headers: { accept: 'text/html,*/*;q=0.8' } })
    const page = await browser.text()
    assert.ok(page.includes(`<h1>${code}</h1>`))
    assert.match(page, /otpauth:\/\/totp\/demo:alice\?secret=[A-Z2-7]{32}&amp;issuer=demo/)
    assert.equal((await fetch(`${urls.sts}/devices/broker`)).status, 404)
  } finally {
    await close()
  }
})
