import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { freePort } from '../free-port.ts'
import { makeKeys } from '../keys.ts'
import { type Page, Person } from '../person.ts'
import { type Stage, startStage } from '../stage.ts'
import { until } from './until.ts'

// SimpleSAMLphp (Debian: simplesamlphp php-cli php-xml php-mbstring php-curl) is an identity provider that shares no
// code with ours: its responses have white space inside signatures, its own prefixes and its own order.

const program = '/usr/share/simplesamlphp/www'
const missing = existsSync(program)
  ? false
  : 'SimpleSAMLphp is not installed: apt-get install simplesamlphp php-cli php-xml php-mbstring php-curl'

describe('SimpleSAMLphp signs people in', { skip: missing }, () => {
  const folder = mkdtempSync(join(tmpdir(), 'rolebridge-ssp-'))
  let php: ChildProcess
  let stage: Stage
  let idp: string

  before(async () => {
    const port = await freePort()
    idp = `http://localhost:${port}`
    stage = await startStage({
      config: (yaml) =>
        yaml.replace(
          /identityProviders:/,
          `identityProviders:\n  ssp: { label: SimpleSAMLphp, metadata: '${idp}/saml2/idp/metadata.php', allowUnsolicited: true, attributes: { user: uid } }`,
        ),
    })
    await configure(folder, idp, stage.url)
    php = spawn('php', ['-d', 'display_errors=0', '-S', `127.0.0.1:${port}`, '-t', program], {
      stdio: 'ignore',
      env: { PATH: process.env.PATH, SIMPLESAMLPHP_CONFIG_DIR: folder },
    })
    await until(async () => (await fetch(`${idp}/saml2/idp/metadata.php`)).ok)
    await until(async () => (await fetch(`${stage.url}/readyz`)).ok)
  })
  after(async () => {
    php?.kill()
    await stage?.close()
    rmSync(folder, { recursive: true, force: true })
  })

  /** Types name and password into the login form and posts what comes back to the bridge. */
  async function signIn(person: Person, start: Page): Promise<Page> {
    const login = await person.follow(start)
    const answer = await person.follow(
      await person.submit(login, { username: 'alice', password: 'alicepass' }),
    )
    assert.ok(answer.forms[0]?.fields.SAMLResponse, answer.text.slice(0, 500))
    return person.follow(await person.submit(answer))
  }

  test('with a request of ours', async () => {
    const alice = new Person()
    const portal = await signIn(alice, await alice.get(`${stage.url}/login?idp=ssp`))
    assert.equal(portal.status, 200, portal.text.slice(0, 500))
    assert.match(portal.text, /production/)
    const event = (await stage.audit()).findLast(({ type }) => type === 'sign_in')
    assert.deepEqual([event?.user, event?.idp, event?.unsolicited], ['alice', 'ssp', false])
  })

  test('without a request, from its own page', async () => {
    const alice = new Person()
    const start = `${idp}/saml2/idp/SSOService.php?spentityid=${encodeURIComponent(`${stage.url}/saml/metadata`)}`
    const portal = await signIn(alice, await alice.get(start))
    assert.match(portal.text, /production/)
    const event = (await stage.audit()).findLast(({ type }) => type === 'sign_in')
    assert.deepEqual([event?.user, event?.unsolicited], ['alice', true])
  })
})

/** A SimpleSAMLphp of its own: hosted identity provider, one user, the bridge as service provider. */
async function configure(folder: string, idp: string, bridge: string): Promise<void> {
  for (const name of ['metadata', 'cert', 'log', 'data', 'tmp', 'sessions']) mkdirSync(join(folder, name))
  const { key, cert } = await makeKeys('simplesamlphp')
  writeFileSync(join(folder, 'cert/idp.pem'), key)
  writeFileSync(join(folder, 'cert/idp.crt'), cert)
  // What its importer takes from our metadata: the signing keys, and that every request is signed.
  const ours = await (await fetch(`${bridge}/saml/metadata`)).text()
  const certificates = [...ours.matchAll(/use="signing">.*?<ds:X509Certificate>([^<]+)</g)].map(
    ([, data]) => `['type' => 'X509Certificate', 'signing' => true, 'X509Certificate' => '${data}']`,
  )
  const signed = /AuthnRequestsSigned="true"/.test(ours)
  const php = (name: string, text: string) => writeFileSync(join(folder, name), `<?php\n${text}\n`)
  php(
    'config.php',
    `$config = ['baseurlpath' => '${idp}/', 'certdir' => '${folder}/cert/', 'loggingdir' => '${folder}/log/',
      'datadir' => '${folder}/data/', 'tempdir' => '${folder}/tmp', 'metadatadir' => '${folder}/metadata/',
      'technicalcontact_name' => 'x', 'technicalcontact_email' => 'x@example.org', 'timezone' => 'UTC',
      'secretsalt' => 'a-salt-for-tests-only', 'auth.adminpassword' => 'not-used', 'logging.handler' => 'file',
      'enable.saml20-idp' => true, 'module.enable' => ['exampleauth' => true, 'core' => true, 'saml' => true],
      'session.phpsession.savepath' => '${folder}/sessions', 'session.cookie.secure' => false, 'store.type' => 'phpsession',
      'session.cookie.samesite' => null, 'session.phpsession.cookiename' => 'SSP', 'session.phpsession.httponly' => true,
      'language.default' => 'en', 'theme.use' => 'default', 'authproc.idp' => [], 'authproc.sp' => [],
      'metadata.sources' => [['type' => 'flatfile']], 'admin.checkforupdates' => false];`,
  )
  php(
    'authsources.php',
    `$config = ['users' => ['exampleauth:UserPass', 'alice:alicepass' => ['uid' => ['alice'],
      'groups' => ['aws-111122223333-Admin', 'Zoë & <friends>']]]];`,
  )
  php(
    'metadata/saml20-idp-hosted.php',
    `$metadata['${idp}/idp'] = ['host' => '__DEFAULT__', 'privatekey' => 'idp.pem', 'certificate' => 'idp.crt', 'auth' => 'users',
      'signature.algorithm' => 'http://www.w3.org/2001/04/xmldsig-more#rsa-sha256',
      'NameIDFormat' => 'urn:oasis:names:tc:SAML:2.0:nameid-format:persistent', 'userid.attribute' => 'uid'];`,
  )
  php(
    'metadata/saml20-sp-remote.php',
    `$metadata['${bridge}/saml/metadata'] = ['AssertionConsumerService' => '${bridge}/saml/acs',
      'NameIDFormat' => 'urn:oasis:names:tc:SAML:2.0:nameid-format:persistent', 'simplesaml.nameidattribute' => 'uid',
      'validate.authnrequest' => ${signed}, 'keys' => [${certificates.join(', ')}],
      'saml20.sign.response' => true, 'saml20.sign.assertion' => true];`,
  )
}
