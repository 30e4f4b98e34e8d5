import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, test } from 'node:test'
import { loadConfig } from '../../src/config.ts'
import { type Answers, initKinds, install, readAnswers } from '../../src/init/index.ts'

const root = mkdtempSync(join(tmpdir(), 'rolebridge-init-'))
after(() => rmSync(root, { recursive: true }))

const answers: Answers = {
  kind: 'okta',
  baseUrl: 'https://bridge.firm.example',
  federation: 'reissue',
  region: 'eu-west-1',
  accounts: [
    { id: '222233334444', name: 'prod' },
    { id: '555566667777', name: 'R & D' },
  ],
  metadata: 'https://idp.firm.example/metadata',
}

let count = 0
function put(changes: Partial<Answers> = {}, folder = join(root, `f${++count}`)) {
  const written = install({ ...answers, ...changes }, { folder, now: Date.now(), random: randomBytes })
  return { folder, written, read: (name: string) => readFileSync(join(folder, name), 'utf8') }
}

describe('a first installation', () => {
  for (const kind of Object.keys(initKinds) as Answers['kind'][])
    for (const federation of ['reissue', 'passthrough'] as const)
      test(`for ${kind}, ${federation}, is sound, and its page holds nobody else's values`, async () => {
        const { folder, written, read } = put({ kind, federation })
        const { files, awaits } = await written
        assert.equal(awaits, undefined)
        const config = loadConfig(join(folder, 'rolebridge.yaml'), {}, { now: Date.now() })
        assert.equal(config.aws.federation, federation)
        assert.equal(config.accounts['555566667777']?.name, 'R & D')
        const steps = read('STEPS.md')
        for (const foreign of [/corp\.example/, /111122223333/, /<!--/, /\]\(\.\./])
          assert.doesNotMatch(steps, foreign)
        assert.match(steps, /`https:\/\/bridge\.firm\.example/)
        const [own, other] =
          federation === 'reissue'
            ? ['saml/metadata', 'urn:amazon']
            : ['urn:amazon:webservices', 'bridge.firm.example/saml/metadata`, ']
        assert.ok(steps.includes(own), own)
        assert.ok(!steps.includes(other), other)
        assert.equal(files.includes('aws-metadata.xml'), federation === 'reissue')
        assert.equal(files.includes('certs/aws-signing.pem'), federation === 'reissue')
        assert.match(read('sp-metadata.xml'), /Location="https:\/\/bridge\.firm\.example\/saml\/acs"/)
        assert.deepEqual(
          readdirSync(folder).filter((name) => name.startsWith('.')),
          [],
        )
      })

  test('keeps keys and the secret for their owner', async () => {
    const { folder, written } = put()
    const { files } = await written
    const secrets = files.filter((name) => name.endsWith('.pem') || name.endsWith('secret'))
    assert.equal(secrets.length, 3)
    for (const name of secrets) assert.equal(statSync(join(folder, name)).mode & 0o777, 0o600, name)
    assert.equal(statSync(join(folder, 'certs')).mode & 0o777, 0o700)
  })

  test('replaces nothing: where one of its files is, none is written', async () => {
    const folder = mkdtempSync(join(root, 'there-'))
    writeFileSync(join(folder, 'sp-metadata.xml'), 'mine')
    await assert.rejects(
      put({}, folder).written,
      /sp-metadata\.xml is there already in .*, and init replaces nothing/,
    )
    assert.deepEqual(readdirSync(folder), ['sp-metadata.xml'])
    assert.equal(readFileSync(join(folder, 'sp-metadata.xml'), 'utf8'), 'mine')
  })

  test('does not half-start: answers that make no sound configuration leave nothing', async () => {
    const folder = mkdtempSync(join(root, 'unsound-'))
    const { written } = put({ baseUrl: 'http://bridge.firm.example' }, folder)
    await assert.rejects(
      written,
      /no configuration that could be served:\nbaseUrl: must be https, except for localhost/,
    )
    assert.deepEqual(readdirSync(folder), [])
  })

  test('without metadata says where it is to be put, and the server says the same until it is there', async () => {
    const { folder, written, read } = put({ kind: 'google', metadata: undefined })
    assert.equal((await written).awaits, 'identity-provider.xml')
    assert.match(read('STEPS.md'), /Save the metadata as `identity-provider\.xml`/)
    const load = () => loadConfig(join(folder, 'rolebridge.yaml'), {}, { now: Date.now() })
    assert.throws(load, /identity-provider\.xml does not exist/)
  })

  test('takes metadata as a file, and refuses what is none', async () => {
    const folder = mkdtempSync(join(root, 'file-'))
    const around = { folder, now: Date.now(), random: randomBytes, metadataText: '<html/>' }
    await assert.rejects(
      install({ ...answers, metadata: 'idp.xml' }, around),
      /identityProviders\.okta\.metadata: identity-provider\.xml: /,
    )
    assert.deepEqual(readdirSync(folder), [])
  })

  test('knows the partition of its region', async () => {
    const { folder, written, read } = put({ region: 'us-gov-west-1', federation: 'passthrough' })
    await written
    const config = loadConfig(join(folder, 'rolebridge.yaml'), {}, { now: Date.now() })
    assert.deepEqual(
      [config.aws.partition, config.saml.entityId],
      ['aws-us-gov', 'urn:amazon:webservices:govcloud'],
    )
    assert.match(read('STEPS.md'), /arn:aws-us-gov:iam::222233334444:role\/Admin,arn:aws-us-gov:iam/)
    assert.doesNotMatch(read('STEPS.md'), /arn:aws:/)
  })

  test('gives the script for AD FS this installation’s three values', async () => {
    const { written, read } = put({ kind: 'adfs' })
    await written
    const head = read('adfs.ps1').slice(0, 900)
    assert.match(head, /\$bridge +=\s'https:\/\/bridge\.firm\.example'/)
    assert.match(head, /\$identifier +=\s'https:\/\/bridge\.firm\.example\/saml\/metadata'/)
    assert.match(head, /\$provider +=\s'adfs'/)
  })
})

describe('an answer', () => {
  const faults: readonly [Parameters<typeof readAnswers>[0], RegExp][] = [
    [{ kind: 'otka' }, /is none of okta, .*did you mean okta\?/],
    [{ baseUrl: 'aws.corp.example' }, /is no URL such as/],
    [{ baseUrl: 'https://aws.corp.example/portal' }, /write https:\/\/aws\.corp\.example$/],
    [{ baseUrl: 'https://$(id).example' }, /has no plain host name/],
    [{ federation: 'both' }, /neither reissue nor passthrough/],
    [{ region: 'europe' }, /no region such as eu-west-1/],
    [{ accounts: '1234' }, /"1234" is no account/],
    [{ accounts: '111122223333=a,111122223333=b' }, /names 111122223333 twice/],
    [{ accounts: '111122223333=\u001b[2J' }, /is no name for an account/],
    [{ metadata: ' ' }, /names no URL and no file/],
  ]
  for (const [written, says] of faults)
    test(`${JSON.stringify(written)} is told what is wrong with it`, () => {
      const { faults } = readAnswers(written)
      assert.equal(faults.length, 1)
      assert.match(faults[0]?.message ?? '', says)
    })

  test('may list accounts with dashes, blanks and names of several words', () => {
    const { answers } = readAnswers({ accounts: '1111-2222-3333=R and D, 444455556666' })
    assert.deepEqual(answers.accounts, [
      { id: '111122223333', name: 'R and D' },
      { id: '444455556666', name: '444455556666' },
    ])
  })
})
