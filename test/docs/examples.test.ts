import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { parse, stringify } from 'yaml'
import type { DemoPerson } from '../../src/demo/index.ts'
import { Someone } from '../flows/requests-stage.ts'
import { Person } from '../person.ts'
import { type Stage, type StageOptions, somebody, startStage } from '../stage.ts'

const stages: Stage[] = []
after(async () => {
  for (const stage of stages) await stage.close()
})

type Block = Record<string, Record<string, unknown>>

/** The example, served here: its addresses and files are the demo's, everything else is as it stands there. */
function here(example: string, demo: string): string {
  const [theirs, ours] = [parse(example) as Block, parse(demo) as Block]
  const [[name, provider] = ['', {}]] = Object.entries(theirs.identityProviders ?? {})
  const [own = {}] = Object.values(ours.identityProviders ?? {})
  const places = ['baseUrl', 'listen', 'secret', 'store', 'audit']
  return stringify({
    ...theirs,
    ...Object.fromEntries(places.map((key) => [key, ours[key]])),
    trustProxy: 0,
    tls: undefined,
    notify: undefined,
    saml: {
      ...theirs.saml,
      ...ours.saml,
      ...(theirs.saml?.entityId ? { entityId: theirs.saml.entityId } : {}),
    },
    identityProviders: {
      [name]: { ...(provider as object), metadata: (own as { metadata: string }).metadata },
    },
    aws: { ...theirs.aws, ...ours.aws },
  })
}

async function serve(
  name: string,
  people: readonly DemoPerson[],
  options: StageOptions = {},
): Promise<Stage> {
  const example = readFileSync(join(import.meta.dirname, '../../examples', name), 'utf8')
  const stage = await startStage({ ...options, people, config: (demo) => here(example, demo) })
  stages.push(stage)
  return stage
}

const person = (
  username: string,
  groups: string[],
  attributes: Record<string, string[]> = {},
): DemoPerson => ({ ...somebody(username, ...groups), attributes })

/** The roles on somebody's portal. */
async function rolesOf(stage: Stage, username: string): Promise<string[]> {
  const page = await new Person().signIn(stage.url, username, username)
  assert.equal(page.status, 200, page.text)
  const open = page.text.matchAll(/<button name="role" value="([^"]+)"/g)
  return [...new Set([...open].map(([, arn = '']) => arn))].sort()
}

test('the example for Okta opens production after two factors, and never for contractors', async () => {
  const methods = 'amr'
  const groups = ['aws-111122223333-Admin', 'aws-444455556666-Developer']
  const stage = await serve('okta.yaml', [
    person('two-factors', groups, { [methods]: ['mfa', 'pwd', 'otp'], employeeType: ['Employee'] }),
    person('one-factor', groups, { [methods]: ['pwd'], employeeType: ['Employee'] }),
    person('contractor', groups, { [methods]: ['mfa', 'pwd', 'otp'], employeeType: ['Contractor'] }),
  ])
  const weekday = new Intl.DateTimeFormat('en', { weekday: 'short', timeZone: 'Europe/Berlin' })
  while (/Sat|Sun/.test(weekday.format(stage.now()))) stage.advance(86_400)
  const [admin, developer] = [
    'arn:aws:iam::111122223333:role/Admin',
    'arn:aws:iam::444455556666:role/Developer',
  ]
  assert.deepEqual(await rolesOf(stage, 'two-factors'), [admin, developer])
  assert.deepEqual(await rolesOf(stage, 'one-factor'), [developer])
  assert.deepEqual(await rolesOf(stage, 'contractor'), [developer])
})

test('the example for Entra ID asks administrators for a second factor', async () => {
  const claims = 'http://schemas.microsoft.com/ws/2008/06/identity/claims/groups'
  const name = 'http://schemas.xmlsoap.org/ws/2005/05/identity/claims/name'
  const methods = 'http://schemas.microsoft.com/claims/authnmethodsreferences'
  const entra = (username: string, methodsUsed: string[]) =>
    person(username, [], {
      [claims]: ['Platform Admins', 'Developers'],
      [name]: [`${username}@corp.example`],
      [methods]: methodsUsed,
    })
  const stage = await serve('entra.yaml', [
    entra('two-factors', ['http://schemas.microsoft.com/claims/multipleauthn']),
    entra('one-factor', ['http://schemas.microsoft.com/ws/2008/06/identity/authenticationmethod/password']),
  ])
  const developer = 'arn:aws:iam::444455556666:role/Developer'
  assert.deepEqual(await rolesOf(stage, 'two-factors'), ['arn:aws:iam::111122223333:role/Admin', developer])
  assert.deepEqual(await rolesOf(stage, 'one-factor'), [developer])
})

test('the example for AD FS offers what the Role claim offers, and no production from outside the office', async () => {
  const upn = 'http://schemas.xmlsoap.org/ws/2005/05/identity/claims/upn'
  const group = 'http://schemas.xmlsoap.org/claims/Group'
  const stage = await serve(
    'adfs.yaml',
    [
      person('alice', ['aws-111122223333-Admin', 'aws-444455556666-ReadOnly'], {
        [upn]: ['alice@corp.example'],
        [group]: ['CORP\\aws-444455556666-ReadOnly'],
      }),
    ],
    { federation: 'passthrough' },
  )
  // Not from the office, so production stays closed.
  assert.deepEqual(await rolesOf(stage, 'alice'), ['arn:aws:iam::444455556666:role/ReadOnly'])
})

test('the example for Keycloak gives the group’s role, and shows its groups to whoever has none', async () => {
  const stage = await serve('keycloak.yaml', [
    person('alice', ['aws-111122223333-Admin', 'staff']),
    person('dave', ['staff', 'aws-1111-Admin']),
  ])
  const { text } = await new Person().signIn(stage.url, 'dave', 'dave')
  assert.match(text, /What Keycloak said about you/)
  assert.match(text, /groups<\/bdi>.*<li><bdi>staff<\/bdi><\/li><li><bdi>aws-1111-Admin<\/bdi>/)
  assert.deepEqual(await rolesOf(stage, 'alice'), ['arn:aws:iam::111122223333:role/Admin'])
})

test('the claim rules for AD FS turn groups into pairs that the example’s rule reads', () => {
  const script = readFileSync(join(import.meta.dirname, '../../examples/adfs.ps1'), 'utf8')
  const rules = /\$rules = @"\n([\s\S]*?)\n"@/.exec(script)?.[1] ?? ''
  // What PowerShell fills in within a text of this kind; only our own variable may be left to it.
  const unmeant = rules.match(/(?<!`)\$(?:[\w({])/g) ?? []
  assert.deepEqual(unmeant, ['$p'], 'only $provider is PowerShell’s')
  const sent = rules.replaceAll('$provider', 'adfs').replaceAll('`', '')
  const [, wanted = ''] = /Value =~ "\(\?i\)([^"]+)"/.exec(sent) ?? []
  const [, from = '', to = ''] = /RegExReplace\(c\.Value, "\(\?i\)([^"]+)",\s*"([^"]+)"\)/.exec(sent) ?? []
  const group = 'CORP\\aws-111122223333-Admin'
  assert.match(group, new RegExp(wanted, 'i'))
  assert.doesNotMatch('CORP\\Domain Users', new RegExp(wanted, 'i'))
  const pair = group.replace(new RegExp(from, 'i'), to)
  assert.equal(pair, 'arn:aws:iam::111122223333:role/Admin,arn:aws:iam::111122223333:saml-provider/adfs')
  const example = parse(readFileSync(join(import.meta.dirname, '../../examples/adfs.yaml'), 'utf8'))
  const [[attribute, pattern] = ['', '']] = Object.entries<string>(example.rules[0].match)
  assert.ok(rules.includes(`Type = "${attribute}"`))
  assert.match(pair, new RegExp(pattern))
})

test('the example of requests opens production when a lead has allowed it, the sandbox without, and emergencies at once', async () => {
  const stage = await serve('requests.yaml', [
    person('sam', ['sre']),
    person('otto', ['sre', 'on-call']),
    person('lena', ['sre-leads'], { amr: ['mfa', 'pwd', 'otp'] }),
    person('sal', ['security-leads']),
  ])
  const admin = 'arn:aws:iam::111122223333:role/Admin'
  const plain = [
    'arn:aws:iam::111122223333:role/ReadOnly',
    'arn:aws:iam::444455556666:role/Admin',
    'arn:aws:iam::444455556666:role/ReadOnly',
  ]
  assert.deepEqual(await rolesOf(stage, 'sam'), plain)
  const sam = await Someone.of(stage, 'sam')
  const lena = await Someone.of(stage, 'lena')
  const wish = { role: admin, reason: 'CHG-7 the new certificate' }
  assert.equal((await sam.ask({ ...wish, reason: 'please' })).body.code, 'invalid_request')
  assert.equal((await sam.ask({ ...wish, breakGlass: true })).body.code, 'not_entitled')
  const { id } = (await sam.ask(wish)).body
  const sal = await Someone.of(stage, 'sal')
  assert.equal((await sal.step(id, 'approve')).body.code, 'not_entitled')
  assert.equal((await lena.step(id, 'approve')).body.state, 'approved')
  assert.equal((await sam.step(id, 'activate')).body.state, 'active')
  assert.equal((await sam.take({ role: admin })).status, 200)
  assert.deepEqual(await rolesOf(stage, 'sam'), [admin, ...plain])
  assert.equal((await sal.step(id, 'end')).body.state, 'ended')
  const otto = await Someone.of(stage, 'otto')
  assert.equal((await otto.ask({ ...wish, breakGlass: true })).body.state, 'active')
  assert.equal((await otto.take({ role: admin })).status, 200)
})
