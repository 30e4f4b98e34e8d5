import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import { createPrivateKey, X509Certificate } from 'node:crypto'
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { createServer, get } from 'node:https'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { startDemoWorld, throwAwayAuthority } from '../../src/demo/index.ts'

const now = Date.now()

describe('the throw-away authority of the demo', () => {
  let made: Awaited<ReturnType<typeof throwAwayAuthority>>
  let server: ReturnType<typeof createServer>
  before(async () => {
    made = await throwAwayAuthority(now)
    server = createServer({ key: made.key, cert: made.cert }, (_request, response) => response.end('ok'))
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  })
  after(() => server.close())

  const ask = (host: string, ca: string | undefined, servername?: string) =>
    new Promise<string>((resolve) => {
      const { port } = server.address() as AddressInfo
      const options = { host, port, agent: false, ...(ca && { ca }), ...(servername && { servername }) }
      get(options, (response) => {
        response.resume()
        resolve(String(response.statusCode))
      }).once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message))
    })

  test('vouches for localhost and 127.0.0.1, to those who trust it', async () => {
    assert.equal(await ask('localhost', made.authority), '200')
    assert.equal(await ask('127.0.0.1', made.authority), '200')
    assert.match(await ask('localhost', undefined), /SELF_SIGNED|UNABLE_TO_VERIFY/)
    assert.match(await ask('localhost', (await throwAwayAuthority(now)).authority), /CERT|VERIFY|SIGNATURE/)
    assert.match(await ask('127.0.0.1', made.authority, 'other.example'), /ALTNAME/)
  })

  test('is an authority for loopback alone, and the certificate is none', () => {
    const [authority, own] = [new X509Certificate(made.authority), new X509Certificate(made.cert)]
    assert.deepEqual([authority.ca, own.ca], [true, false])
    assert.ok(own.checkIssued(authority) && own.verify(authority.publicKey))
    assert.ok(own.checkPrivateKey(createPrivateKey(made.key)))
    assert.equal(own.subjectAltName, 'DNS:localhost, IP Address:127.0.0.1')
  })

  const skip = spawnSync('openssl', ['version']).error !== undefined && 'there is no openssl here'
  test('passes OpenSSL’s strict reading of RFC 5280, with its name constraints', { skip }, async () => {
    const folder = await mkdtemp(join(tmpdir(), 'rolebridge-authority-'))
    try {
      const file = async (name: string, text: string) => {
        const path = join(folder, name)
        await writeFile(path, text)
        return path
      }
      const [ca, cert] = [await file('ca', made.authority), await file('cert', made.cert)]
      const said = execFileSync('openssl', [
        'verify',
        '-x509_strict',
        '-purpose',
        'sslserver',
        '-CAfile',
        ca,
        cert,
      ])
      assert.match(String(said), /: OK/)
      const shown = String(execFileSync('openssl', ['x509', '-in', ca, '-noout', '-text']))
      assert.match(
        shown,
        /Name Constraints: critical\s+Permitted:\s+DNS:localhost\s+IP:127\.0\.0\.0\/255\.0\.0\.0/,
      )
      assert.match(shown, /Key Usage: critical\s+Certificate Sign, CRL Sign/)
    } finally {
      await rm(folder, { recursive: true, force: true })
    }
  })
})

test('the demo’s world by https keeps its authority, and not the key of it', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'rolebridge-authority-'))
  const start = async () => {
    const world = await startDemoWorld({
      folder,
      ports: { bridge: 1, idp: 0, sts: 0 },
      federation: 'reissue',
      clock: () => now,
      https: true,
    })
    await world.close()
    return world
  }
  try {
    const { urls, authorityFile = '', configFile } = await start()
    assert.equal(urls.bridge, 'https://localhost:1')
    assert.match(await readFile(configFile, 'utf8'), /^tls: \{ key: tls\.pem, cert: tls\.crt \}$/m)
    assert.equal((await stat(join(folder, 'tls.pem'))).mode & 0o777, 0o600)
    const first = await readFile(authorityFile, 'utf8')
    await start()
    assert.equal(await readFile(authorityFile, 'utf8'), first)
    const key = createPrivateKey(await readFile(join(folder, 'tls.pem')))
    assert.ok(!new X509Certificate(first).checkPrivateKey(key))
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
})
