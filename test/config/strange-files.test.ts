import assert from 'node:assert/strict'
import { execFileSync, spawn } from 'node:child_process'
import { chmodSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, describe, test } from 'node:test'
import { loadConfig } from '../../src/config.ts'
import { makeFolder } from './folder.ts'

const env = { ROLEBRIDGE_SECRET: 'a secret of more than thirty-two characters' }
const key =
  'aws_access_key_id = AKIAIOSFODNN7EXAMPLE\naws_secret_access_key = 0123456789abcdef0123456789abcdef\n'
const files = {
  'secret.txt': 'another secret of more than thirty-two characters\n',
  'accounts.yaml': '"111122223333": { name: shop }\n',
  'rules.yaml': "- id: a\n  match: { user: '.*' }\n  grant: { accounts: '*', roles: [Admin] }\n",
  'broker.ini': `[default]\n${key}`,
  'jwks.json': '{"keys":[]}\n',
  'main.yaml': `baseUrl: https://aws.corp.example
trustProxy: 1
secret: ["\${ROLEBRIDGE_SECRET}", "\${file:secret.txt}"]
identityProviders:
  okta: { metadata: https://corp.okta.com/metadata }
  jobs: { kind: oidc-workload, issuer: https://jobs.corp.example, audience: https://aws.corp.example, jwks: jwks.json }
aws: { region: eu-west-1, federation: passthrough, broker: { "111122223333": file:broker.ini } }
accountsFile: accounts.yaml
include: [rules.yaml]
`,
}
const folder = makeFolder(files)
const main = join(folder, 'main.yaml')
const running = loadConfig(main, env)

const reload = () => {
  try {
    loadConfig(main, env, { running })
    return ''
  } catch (error) {
    return (error as Error).message.replaceAll(`${folder}/`, '')
  }
}

describe('a process that serves believes and waits for nothing that took the place of a file', {
  skip: process.platform === 'win32' && 'Windows has neither permissions of this kind nor pipes in folders',
}, () => {
  for (const [name, text] of Object.entries(files)) {
    const path = join(folder, name)
    const put = (make: () => void) => {
      rmSync(path)
      make()
      try {
        return reload()
      } finally {
        rmSync(path)
        writeFileSync(path, text, { mode: 0o600 })
      }
    }

    test(`${name} that everybody may change`, () => {
      chmodSync(path, 0o646)
      assert.match(
        reload(),
        new RegExp(`${name}.*(may be changed by everybody; chmod o-w it|everybody may|others may)`),
      )
      chmodSync(path, 0o600)
      assert.equal(reload(), '')
    })

    test(`a pipe instead of ${name}`, () => {
      // Somebody writes the same into it: who reads pipes gets it, and this test fails instead of standing still.
      const said = put(() => {
        execFileSync('mkfifo', ['-m', '600', path])
        const writer = spawn('sh', ['-c', 'printf %s "$1" > "$2"', 'sh', text, path], { stdio: 'ignore' })
        after(() => writer.kill())
      })
      assert.match(said, new RegExp(`${name}\\S* (?:\\S+: \\S+ )?is no file`))
    })

    test(`more than anybody writes instead of ${name}`, () => {
      const said = put(() => {
        writeFileSync(path, '', { mode: 0o600 })
        truncateSync(path, 3 * 2 ** 30)
      })
      assert.match(said, new RegExp(`${name}\\S* (?:\\S+: \\S+ )?is (?:larger than|too large)`))
    })
  }

  test('and all is well again afterwards', () => assert.equal(reload(), ''))
})
