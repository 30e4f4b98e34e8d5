import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { parse } from 'yaml'
import { until } from '../flows/until.ts'
import { freePort } from '../free-port.ts'
import { startStage } from '../stage.ts'
import { programOf } from './proxy.ts'

const folder = join(import.meta.dirname, '../../examples/compose')
const read = (name: string) => readFileSync(join(folder, name), 'utf8')

interface Service {
  readonly ports?: readonly string[]
  readonly profiles?: readonly string[]
  readonly networks?: readonly string[]
  readonly read_only?: boolean
  readonly cap_drop?: readonly string[]
  readonly security_opt?: readonly string[]
}

test('of the Compose file only the proxy is reached from outside, and nobody may gain or write more than it needs', () => {
  const { services, networks } = parse(read('compose.yaml'), { merge: true }) as {
    services: Record<string, Service>
    networks: Record<string, { internal?: boolean } | null>
  }
  assert.deepEqual(Object.keys(services), ['proxy', 'bridge', 'redis', 'demo'])
  for (const [name, service] of Object.entries(services)) {
    assert.equal(service.ports !== undefined, name === 'proxy', name)
    assert.equal(service.profiles !== undefined, name === 'demo', name)
    assert.equal(service.read_only, true, name)
    assert.deepEqual(service.cap_drop, ['ALL'], name)
    assert.deepEqual(service.security_opt, ['no-new-privileges:true'], name)
  }
  assert.deepEqual(services.redis?.networks, ['back'])
  assert.equal(networks.back?.internal, true)
})

const skip = process.platform !== 'linux' || programOf('caddy') === undefined
test('the Caddyfile of the Compose file leads to the bridge, and tells it nothing that a client invents', {
  skip,
}, async () => {
  const port = await freePort()
  const home = mkdtempSync(join(tmpdir(), 'rolebridge-compose-'))
  const stage = await startStage({
    config: (yaml) => yaml.replace(/^listen: .*$/m, (line) => `${line}\ntrustProxy: 1`),
  })
  const file = join(home, 'Caddyfile')
  const own = read('Caddyfile').replace('bridge:8080', stage.url.replace('http://localhost', '127.0.0.1'))
  writeFileSync(file, `{\n\tadmin off\n}\n${own}`)
  const caddy = spawn(programOf('caddy') ?? 'caddy', ['run', '--adapter', 'caddyfile', '--config', file], {
    stdio: 'ignore',
    env: { HOME: home, XDG_DATA_HOME: home, ROLEBRIDGE_HOST: `http://localhost:${port}` },
  })
  try {
    const through = `http://localhost:${port}`
    await until(async () => (await fetch(`${through}/healthz`)).ok)
    assert.equal((await fetch(`${through}/readyz`)).status, 200)
    // The client's address is the one that the proxy saw, whatever the client says.
    const headers = { 'x-forwarded-for': '203.0.113.66', 'content-type': 'application/x-www-form-urlencoded' }
    await fetch(`${through}/saml/acs`, { method: 'POST', headers, body: 'SAMLResponse=garbage' })
    const refused = (await stage.audit()).find(({ type }) => type === 'sign_in_refused')
    assert.match(String(refused?.sourceIp), /^(127\.0\.0\.1|::1)$/)
  } finally {
    caddy.kill('SIGTERM')
    await stage.close()
    rmSync(home, { recursive: true, force: true })
  }
})
