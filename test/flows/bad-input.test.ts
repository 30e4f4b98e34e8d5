import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { createServer, request, type Server } from 'node:http'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { builtProgram } from '../built-program.ts'
import { freePort } from '../free-port.ts'
import { decodeEntities, type Page, Person } from '../person.ts'
import { type Stage, startStage } from '../stage.ts'

const admin = 'arn:aws:iam::111122223333:role/Admin'

/** The request id that the page shows is the one of the header, so that an administrator finds it. */
function namesRequestId(page: Page): string {
  const id = page.headers.get('x-request-id') ?? ''
  assert.match(id, /^[\w-]{16}$/)
  assert.ok(page.text.includes(id), 'the page shows the request id')
  return id
}

/** The program itself; it ends when it cannot serve. */
const program = await builtProgram()
const serve = (file: string) =>
  spawnSync(process.execPath, [program, 'serve', '--config', file], {
    encoding: 'utf8',
    timeout: 30_000,
    env: { ...process.env, ROLEBRIDGE_SECRET: 'a secret of more than thirty-two characters' },
  })

const takeAdmin = (person: Person, portal: Page) =>
  person.submit(
    portal,
    { role: admin },
    portal.forms.findIndex(({ action }) => action === '/portal/credentials'),
  )

describe('what the bridge says to garbage', () => {
  let stage: Stage
  before(async () => {
    stage = await startStage()
  })
  after(() => stage?.close())

  const post = (body: Record<string, string>) => new Person().post(`${stage.url}/saml/acs`, body)

  for (const [name, SAMLResponse] of [
    ['no base64', '%%%'],
    ['base64 of no XML', Buffer.from('hello').toString('base64')],
    ['another XML document', Buffer.from('<html/>').toString('base64')],
    ['a document type', Buffer.from('<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>').toString('base64')],
  ] as const) {
    test(`a SAML response that is ${name} is refused, audited, and no more is said`, async () => {
      const page = await post({ SAMLResponse })
      assert.ok(page.status >= 400 && page.status < 500, String(page.status))
      const id = namesRequestId(page)
      const event = (await stage.audit()).at(-1)
      assert.equal(event?.type, 'sign_in_refused')
      assert.equal(event?.requestId, id)
      assert.ok(!page.text.includes(String(event?.code)), 'the code is not for the person')
    })
  }

  test('a form without a SAML response is a page with a request id', async () => {
    const page = await post({ Nothing: 'here' })
    assert.equal(page.status, 400)
    namesRequestId(page)
  })

  test('a body of two megabytes is refused before it is read', async () => {
    const page = await post({ SAMLResponse: 'A'.repeat(2_000_000) })
    assert.equal(page.status, 413)
    namesRequestId(page)
  })

  test('a path nobody knows is a page as well', async () => {
    const page = await new Person().get(`${stage.url}/nothing/here`)
    assert.equal(page.status, 404)
    namesRequestId(page)
  })
})

describe('when something around the bridge fails', () => {
  let stage: Stage
  let sts: Server
  let port: number
  before(async () => {
    port = await freePort()
    stage = await startStage({
      // nobody listens there until the test does
      config: (yaml) => yaml.replace(/stsEndpoint: .*/, `stsEndpoint: http://127.0.0.1:${port}`),
    })
  })
  after(async () => {
    sts?.closeAllConnections()
    sts?.close()
    await stage?.close()
  })

  test('an STS that does not answer costs nothing but the credentials', async () => {
    const alice = new Person()
    const portal = await alice.signIn(stage.url, 'alice')
    const page = await takeAdmin(alice, portal)
    assert.equal(page.status, 502)
    assert.match(decodeEntities(page.text), /AWS could not be reached/)
    const id = namesRequestId(page)
    const event = (await stage.audit()).at(-1)
    assert.equal(event?.type, 'credentials_refused')
    assert.equal(event?.code, 'aws_unreachable')
    assert.equal(event?.requestId, id)
    assert.equal((await alice.get(stage.url)).status, 200, 'the session lives on')

    sts = createServer((from, to) => {
      const ask = request(stage.world.urls.sts, {
        path: from.url,
        method: from.method,
        headers: from.headers,
      })
      ask.on('response', (answer) => {
        to.writeHead(answer.statusCode ?? 502, answer.rawHeaders)
        answer.pipe(to)
      })
      from.pipe(ask)
    }).listen(port, '127.0.0.1')
    await once(sts, 'listening')
    const again = await takeAdmin(alice, portal)
    assert.equal(again.status, 200, 'and gets credentials as soon as STS is back')
  })
})

describe('when the audit trail cannot be written', () => {
  let stage: Stage
  before(async () => {
    stage = await startStage()
  })
  after(() => stage?.close())

  test('nothing is handed out, and work goes on when it can be written again', async () => {
    const alice = new Person()
    const portal = await alice.signIn(stage.url, 'alice')
    const file = join(dirname(stage.world.configFile), 'audit.jsonl')
    await rename(file, `${file}.1`)
    await mkdir(file)
    const page = await takeAdmin(alice, portal)
    assert.equal(page.status, 503)
    assert.match(decodeEntities(page.text), /audit trail cannot be written/)
    assert.doesNotMatch(page.text, /ASIA|aws_session_token/i)
    namesRequestId(page)
    const link = await alice.get(`${stage.url}/console?account_id=111122223333&role_name=Admin`)
    assert.equal(link.status, 503)
    const bob = await new Person().signIn(stage.url, 'bob')
    assert.equal(bob.status, 503, 'nobody signs in unseen')

    await rm(file, { recursive: true })
    assert.equal((await takeAdmin(alice, portal)).status, 200)
  })
})

describe('a start that cannot succeed', () => {
  let stage: Stage
  before(async () => {
    stage = await startStage()
  })
  after(() => stage?.close())

  /** Tries to serve a changed configuration beside the running one; the sentence that the operator reads. */
  async function failure(change: (yaml: string) => string): Promise<string> {
    const file = stage.world.configFile.replace('.yaml', '-2.yaml')
    await writeFile(file, change(await readFile(stage.world.configFile, 'utf8')), { mode: 0o600 })
    const { status, stderr } = serve(file)
    assert.equal(status, 4, stderr)
    assert.doesNotMatch(stderr, /^ +at /m, 'a sentence, no stack')
    return stderr
  }

  const elsewhere = (yaml: string) =>
    yaml.replace('embedded:./data', 'embedded:./data-2').replace('file: audit.jsonl', 'file: audit-2.jsonl')
  const anyPort = (yaml: string) => yaml.replace(/^listen: .*$/m, 'listen: 127.0.0.1:0')

  test('a port that is taken is named', async () => {
    assert.match(await failure(elsewhere), /cannot listen on 127\.0\.0\.1:\d+: another process listens there/)
  })

  test('a store that cannot be written is named, and the reason', async () => {
    const said = await failure((yaml) =>
      anyPort(elsewhere(yaml)).replace('embedded:./data-2', 'embedded:./secret/data'),
    )
    assert.match(said, /secret\/data/)
  })

  test('an audit file that cannot be written is named', async () => {
    const said = await failure((yaml) =>
      anyPort(elsewhere(yaml)).replace('file: audit-2.jsonl', 'file: secret/audit.jsonl'),
    )
    assert.match(said, /audit file .*secret\/audit\.jsonl/)
  })

  test('a Redis that does not answer is named without its password', async () => {
    const said = await failure((yaml) =>
      anyPort(elsewhere(yaml)).replace('embedded:./data-2', 'redis://:hunter2secret@127.0.0.1:9'),
    )
    assert.match(said, /127\.0\.0\.1:9/)
    assert.doesNotMatch(said, /hunter2secret/)
  })
})

describe('rolebridge serve on the command line', () => {
  let folder: string
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'rolebridge-serve-'))
  })
  after(() => rm(folder, { recursive: true, force: true }))

  test('a configuration that is not there is named', () => {
    const file = join(folder, 'absent.yaml')
    const { status, stderr, stdout } = serve(file)
    assert.equal(stderr, `${file}:1:1 does not exist\n`)
    assert.equal(stdout, '')
    assert.equal(status, 5)
  })

  test('every fault of a configuration has a line of its own, with line and column', async () => {
    const file = join(folder, 'faults.yaml')
    const lines = [
      'baseUrl: https://aws.corp.example/',
      'listen: 0.0.0.0',
      'secrt: x',
      'secret: ${ROLEBRIDGE_SECRET}',
      "identityProviders: { okta: { metadata: 'https://corp.okta.com/metadata' } }",
      'aws: { region: eu-west-1, federation: passthrough }',
      'rules: []',
    ]
    await writeFile(file, `${lines.join('\n')}\n`)
    const { status, stderr } = serve(file)
    assert.deepEqual(stderr.trimEnd().split('\n'), [
      `${file}:1:10 baseUrl: must be an origin alone, without path, query or trailing slash; write https://aws.corp.example`,
      `${file}:2:9 listen: must be host:port, for example 0.0.0.0:8080 or "[::]:8080"`,
      `${file}:3:1 secrt: unknown key; did you mean "secret"?`,
    ])
    assert.equal(status, 5)
  })
})
