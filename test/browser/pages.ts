import assert from 'node:assert/strict'
import type { Page } from 'playwright-core'
import { AwsClient, authorizeUrl } from '../flows/aws-client.ts'
import { open } from '../flows/narrowed-stage.ts'
import { signedIn } from '../flows/people-stage.ts'
import { Program, pkce } from '../flows/program.ts'
import { type Stage, somebody, startStage, withRules } from '../stage.ts'
import { startBrowsing } from './chromium.ts'

const admin = 'arn:aws:iam::111122223333:role/Admin'
const guarded = 'arn:aws:iam::111122223333:role/Guarded'
const asked = 'arn:aws:iam::111122223333:role/Asked'

const rules = `rules:
  - { id: admins, match: { groups: '^admins$' }, grant: { role: '${admin}', maxDuration: 4h } }
  - { id: readers, match: { groups: '^admins$' }, grant: { role: 'arn:aws:iam::444455556666:role/ReadOnly' } }
  - id: guarded
    match: { groups: '^admins$' }
    grant: { role: '${guarded}' }
    condition: { Bool: { 'bridge:MultiFactorAuthPresent': true } }
  - id: asked
    match: { groups: '^admins$' }
    grant: { role: '${asked}' }
    request: { approvers: { groups: '^leads$' } }
auditors: { groups: '^security$' }
administrators: { groups: '^security$' }
`

/** Somebody of each kind, and something to see for each. */
export async function startShowing() {
  const world = await startBrowsing({
    people: [somebody('alice', 'admins'), somebody('sam', 'security'), somebody('lena', 'leads')],
    config: withRules(rules),
  })
  const { stage } = world
  open(stage, ['Admin'])
  const several = await startStage({ openId: true })
  const alice = await signedIn(stage, 'alice')
  const sam = await signedIn(stage, 'sam')
  const ok = async (answer: ReturnType<typeof alice.api>) => {
    const { status, body } = await answer
    assert.ok(status < 300, JSON.stringify(body))
    return body
  }
  await ok(alice.api('POST', '/api/v1/credentials', { role: admin, purpose: 'INC-4711' }))
  assert.equal((await alice.api('POST', '/api/v1/credentials', { role: guarded })).status, 403)
  const wish = { role: asked, reason: 'INC-4711 the disk is full' }
  const request = await ok(alice.api('POST', '/api/v1/requests', wish))
  const found = await ok(sam.api('GET', '/api/v1/people?text=alice'))
  const { records } = await ok(sam.api('GET', '/api/v1/audit?type=credentials_issued'))
  const given = { person: found.people[0].ref, request: request.id, record: records[0].id }
  const aws = new AwsClient(stage)
  const redirectUris = ['http://127.0.0.1/oauth/callback']
  const grantTypes = ['authorization_code', 'refresh_token']
  const { status } = await aws.register({ redirectUris, grantTypes, issuerUrl: `${stage.url}/start` })
  assert.equal(status, 200)
  return {
    stage,
    browser: world.browser,
    pages: pagesOf(stage, several.url, aws, given),
    close: () => Promise.all([world.close(), several.close()]),
  }
}

/** A page that people see. */
export interface Shown {
  /** The route that answers, as the web room writes it. */
  readonly route: string
  /** Who looks at it; undefined: nobody who signed in. */
  readonly as?: 'alice' | 'sam' | 'lena'
  readonly address: string
  /** What is done there before it is looked at. */
  readonly and?: (page: Page) => Promise<void>
}

interface Given {
  readonly person: string
  readonly request: string
  readonly record: string
}

const role = (arn: string) => `role=${encodeURIComponent(arn)}`

/** Every page, in every shape that is written differently. A new page is a line here. */
export function pagesOf(
  stage: Pick<Stage, 'url'>,
  several: string,
  aws: AwsClient,
  { person, request, record }: Given,
): readonly Shown[] {
  const program = `/oauth/authorize?${new URLSearchParams({
    response_type: 'code',
    client_id: 'rolebridge-cli',
    redirect_uri: 'http://127.0.0.1:9/callback',
    state: 's-1',
    code_challenge: pkce().challenge,
    code_challenge_method: 'S256',
  })}`
  const review = (page: Page) => page.getByRole('heading', { name: 'Findings' }).waitFor()
  return [
    { route: '/login', address: `${several}/login` },
    { route: '/signed-out', address: '/signed-out' },
    { route: '/nothing', address: '/nothing' },
    { route: '/nothing', as: 'alice', address: '/nothing' },
    { route: '/', as: 'alice', address: '/' },
    {
      route: '/portal/credentials',
      as: 'alice',
      address: '/',
      and: async (page) => {
        await page.getByRole('button', { name: 'Credentials for Admin in production' }).first().click()
        await page.locator('#panel .copy').waitFor()
      },
    },
    { route: '/', as: 'lena', address: '/' },
    { route: '/explain', as: 'alice', address: '/explain' },
    { route: '/explain', as: 'alice', address: `/explain?${role(guarded)}` },
    { route: '/step-up', as: 'alice', address: `/step-up?${role(guarded)}` },
    { route: '/sessions', as: 'alice', address: '/sessions' },
    { route: '/device', as: 'alice', address: '/device' },
    {
      route: '/device',
      as: 'alice',
      address: '/device',
      and: async (page) => {
        const { body } = await new Program(stage).start({ role: admin })
        await page.goto(`${stage.url}/device?user_code=${body.user_code}`)
        await page.locator('button[value=approve]').waitFor()
      },
    },
    {
      route: '/device',
      as: 'alice',
      address: '/device',
      and: async (page) => {
        const { body } = await new Program(stage).start()
        await page.goto(`${stage.url}/device?user_code=${body.user_code}`)
        await page.locator('button[value=deny]').click()
        await page.getByRole('heading', { name: 'Denied' }).waitFor()
      },
    },
    { route: '/oauth/authorize', as: 'alice', address: program },
    {
      route: '/authorize',
      as: 'alice',
      address: authorizeUrl(aws, 'http://127.0.0.1:9/oauth/callback').address,
    },
    {
      route: '/console',
      as: 'alice',
      address: '/sessions',
      and: async (page) => {
        const elsewhere = 'http://elsewhere.example/'
        await page.route(elsewhere, (route) => route.fulfill({ contentType: 'text/html', body: 'a page' }))
        await page.goto(elsewhere)
        const link = '/console?account_id=111122223333&role_name=Admin'
        await page.evaluate((to) => {
          location.href = to
        }, stage.url + link)
        await page.getByRole('heading', { name: 'Open the AWS console?' }).waitFor()
      },
    },
    { route: '/requests', as: 'alice', address: '/requests' },
    { route: '/requests', as: 'lena', address: '/requests' },
    { route: '/requests/new', as: 'alice', address: `/requests/new?${role(asked)}` },
    { route: '/requests/:id', as: 'alice', address: `/requests/${request}` },
    { route: '/requests/:id', as: 'lena', address: `/requests/${request}` },
    { route: '/people', as: 'sam', address: '/people' },
    { route: '/people/:person', as: 'sam', address: `/people/${person}` },
    { route: '/people/:person/cut', as: 'sam', address: `/people/${person}/cut` },
    { route: '/audit', as: 'alice', address: '/audit' },
    { route: '/audit', as: 'sam', address: '/audit' },
    { route: '/audit/:id', as: 'sam', address: `/audit/${record}` },
    { route: '/review', as: 'sam', address: '/review', and: review },
    { route: '/review/to-be-removed', as: 'sam', address: '/review/to-be-removed' },
    {
      route: '/review/:kind/:id',
      as: 'sam',
      address: '/review',
      and: async (page) => {
        await review(page)
        await page.getByRole('link', { name: 'alice@corp.example' }).first().click()
        await page.getByRole('heading', { name: 'alice@corp.example' }).waitFor()
      },
    },
    { route: '/review/:kind/:id', as: 'sam', address: '/review/rules/admins' },
    { route: '/review/:kind/:id', as: 'sam', address: '/review/accounts/111122223333' },
  ]
}

/** Routes that answer a GET with no page of their own: programs ask them, or they send the browser on. */
export const noPages: readonly RegExp[] = [
  /^\/api\//,
  /^\/assignment\//,
  /^\/federation\//,
  /^\/\.well-known\//,
  /^\/(healthz|readyz|metrics)$/,
  /^\/(favicon\.(ico|svg)|public\/:version\/:name)$/,
  /^\/(saml\/metadata|aws\/metadata\.xml)$/,
  /^\/(saml\/acs|saml\/slo|oidc\/callback|oidc\/callback\/:provider|oidc\/signed-out|start)$/,
  /^\/(audit|review)\/export$/,
]
