import assert from 'node:assert/strict'
import { createPrivateKey, createPublicKey, X509Certificate } from 'node:crypto'
import { mkdtemp, readFile, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { ensureKeys, selfSigned } from '../../src/demo/index.ts'

const now = Date.parse('2026-03-02T09:00:00Z')

describe('A self-signed certificate', () => {
  it('belongs to its RSA-2048 key and is signed by it', async () => {
    const pair = await selfSigned({ commonName: 'Ündemo & Söhne', days: 30, now })
    const certificate = new X509Certificate(pair.cert)
    assert.equal(certificate.subject, 'CN=Ündemo & Söhne')
    assert.equal(certificate.issuer, certificate.subject)
    assert.ok(certificate.checkPrivateKey(createPrivateKey(pair.key)))
    assert.ok(certificate.verify(createPublicKey(pair.key)))
    assert.equal(certificate.ca, false)
    assert.equal(certificate.publicKey.asymmetricKeyDetails?.modulusLength, 2048)
    assert.equal(Date.parse(certificate.validFrom), now - 86_400_000)
    assert.equal(Date.parse(certificate.validTo), now + 30 * 86_400_000)
  })
  it('may outlast the year 2050', async () => {
    const pair = await selfSigned({ commonName: 'long', days: 36_500, now })
    assert.equal(Date.parse(new X509Certificate(pair.cert).validTo), now + 36_500 * 86_400_000)
  })
})

describe('The keys of the demo', () => {
  it('are made once, readable by their owner only, and reused', async () => {
    const parent = await mkdtemp(join(tmpdir(), 'rolebridge-keys-'))
    try {
      const dir = join(parent, 'new')
      const first = await ensureKeys(dir, now)
      const second = await ensureKeys(dir, now + 1)
      assert.deepEqual(second, first)
      assert.deepEqual(Object.keys(first), ['demo-idp', 'sp-signing', 'sp-decryption', 'aws-signing'])
      assert.equal((await stat(dir)).mode & 0o777, 0o700)
      assert.equal((await stat(join(dir, 'aws-signing.pem'))).mode & 0o777, 0o600)
      assert.equal(await readFile(join(dir, 'demo-idp.crt'), 'utf8'), first['demo-idp'].cert)
    } finally {
      await rm(parent, { recursive: true })
    }
  })
})
