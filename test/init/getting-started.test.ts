import assert from 'node:assert/strict'
import { execFileSync, spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { selfSigned } from '../../src/demo/index.ts'
import { initKinds } from '../../src/init/index.ts'
import { builtProgram } from '../built-program.ts'
import { ended } from '../cli/command-line.ts'
import { blocksOf } from '../docs/blocks.ts'
import { until } from '../flows/until.ts'
import { freePort } from '../free-port.ts'
import { bare } from './shaped.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const program = await builtProgram()
const page = 'docs/guides/getting-started.md'

describe('whoever gets started by the page, in an empty folder', () => {
  const home = mkdtempSync(join(tmpdir(), 'rolebridge-start-'))
  after(() => rmSync(home, { recursive: true }))
  const [bin, folder] = [join(home, 'bin'), join(home, 'empty')]
  mkdirSync(bin)
  mkdirSync(folder)
  writeFileSync(join(bin, 'rolebridge'), `#!/bin/sh\nexec '${process.execPath}' '${program}' "$@"\n`, {
    mode: 0o755,
  })

  /** The page's shell block that begins so, run as it stands. */
  const start = (beginning: string) => {
    const blocks = blocksOf(page, readFileSync(join(root, page), 'utf8'), ['sh'])
    const block = blocks.find(({ text }) => text.startsWith(beginning))
    assert.ok(block, `no block begins with ${beginning}`)
    const [command = ''] = block.text.split(/\n(?=curl)/)
    return spawn('sh', ['-c', `exec ${command}`], {
      cwd: folder,
      env: { PATH: `${bin}:${process.env.PATH}`, HOME: home },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
  }

  test('gets a configuration that check explains and serve serves', async (context) => {
    const made = await ended(start('rolebridge init'))
    assert.equal(made.code, 0, made.stderr)

    const { cert } = await selfSigned({ commonName: 'okta', days: 10, now: Date.now() })
    writeFileSync(
      join(folder, 'identity-provider.xml'),
      '<EntityDescriptor xmlns="urn:oasis:names:tc:SAML:2.0:metadata" entityID="http://www.okta.com/exk1">' +
        '<IDPSSODescriptor protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol"><KeyDescriptor use="signing">' +
        `<KeyInfo xmlns="http://www.w3.org/2000/09/xmldsig#"><X509Data><X509Certificate>${bare(cert)}</X509Certificate></X509Data></KeyInfo></KeyDescriptor>` +
        '<SingleSignOnService Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect" Location="https://corp.okta.com/sso"/>' +
        '</IDPSSODescriptor></EntityDescriptor>',
    )
    const judged = await ended(start('rolebridge check'))
    assert.equal(judged.code, 0, judged.stderr)
    assert.match(judged.stdout, /by-group-name/)

    const port = await freePort()
    const file = join(folder, 'rolebridge.yaml')
    writeFileSync(file, readFileSync(file, 'utf8').replace('0.0.0.0:8080', `127.0.0.1:${port}`))
    const serving = start('rolebridge serve')
    const end = ended(serving)
    context.after(() => serving.kill('SIGKILL'))
    await until(async () => {
      assert.equal(serving.exitCode, null, 'the server ended')
      return /^ready$/m.test(await (await fetch(`http://127.0.0.1:${port}/readyz`)).text())
    }, 60)
    serving.kill('SIGTERM')
    assert.equal((await end).code, 0)
  })
})

test('the package holds everything that init reads from it', () => {
  const packed = execFileSync('npm', ['pack', '--dry-run', '--json', '--ignore-scripts'], {
    cwd: root,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  const [{ files }] = JSON.parse(packed) as [{ files: readonly { path: string }[] }]
  const held = new Set(files.map(({ path }) => path))
  for (const kind of Object.keys(initKinds))
    assert.ok(held.has(`docs/guides/providers/${kind}.md`), `the page for ${kind}`)
  for (const name of ['adfs.ps1', 'iam-saml-provider.yaml']) assert.ok(held.has(`examples/${name}`), name)
})
