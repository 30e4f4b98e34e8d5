import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'
import express, { type Express, type Request, type Response } from 'express'
import { contextOf, mfaContext } from '../contexts.ts'
import { readCookie, setCookie } from '../cookies.ts'
import { expiring } from '../expiring.ts'
import type { AuthorizeAsk } from '../openid/authorize.ts'
import { createDemoOpenId } from '../openid/index.ts'
import { serveAssets } from '../page.ts'
import { type DemoPerson, demoPeople } from '../people.ts'
import { type AuthnRequest, readAuthnRequest } from './authn-request.ts'
import { logoutRequestUrl, logoutResponseUrl, readLogout } from './logout.ts'
import type { DemoIdpOptions } from './options.ts'
import { autoPostPage, codePage, demoCode, frontPage, loginPage, messagePage } from './pages.ts'
import { idpMetadata } from './peers.ts'
import { createResponse, type SignIn } from './response.ts'

/** A sign-in that waits for the login form; without `requestId` it was started from the tile. */
interface Flow {
  readonly requestId?: string
  readonly relayState?: string
  /** It was asked for by OpenID Connect. */
  readonly openId?: AuthorizeAsk
  /** The context that was asked for means a second factor. */
  readonly secondFactor?: boolean
  /** Whose password was right already. */
  readonly person?: DemoPerson
}

/** How a request wants somebody to sign in. */
type Asked = Pick<AuthnRequest, 'forceAuthn' | 'contexts'>
const asItComes: Asked = { forceAuthn: false, contexts: [] }

const knownContexts = [contextOf(false), contextOf(true)]

const cookie = 'demo_idp_session'

/**
 * A demo identity provider on samlify: metadata at `/metadata`, single sign-on at `/sso` (redirect and POST
 * binding), single logout at `/slo`, the app tile at `/tile`, `/logout`; OpenID Connect below `/oidc` when it knows a client. Passwords are no secret here: serve it on loopback only.
 */
export function createDemoIdp(options: DemoIdpOptions): Express {
  const people = options.people ?? demoPeople
  const sessions = expiring<SignIn>(options.clock)
  const flows = expiring<Flow>(options.clock)
  const app = express().disable('x-powered-by').disable('etag')
  const session = (request: Request) => sessions.get(readCookie(request, cookie))
  const answer = async (response: Response, signIn: SignIn, flow: Flow) => {
    if (flow.openId) openId?.answer(response, signIn, flow.openId)
    else autoPostPage(response, await createResponse(options, signIn, flow.requestId), flow.relayState)
  }
  const begin = async (request: Request, response: Response, flow: Flow, wanted: Asked) => {
    const asked = options.response?.ignoresWishes ? asItComes : wanted
    const wishes = asked.contexts.filter((one) => knownContexts.includes(one))
    if (asked.contexts.length > 0 && wishes.length === 0)
      return messagePage(response, 400, 'This cannot be asked here', 'The demo knows no such context.')
    const secondFactor = wishes.length > 0 && wishes.every((one) => one === mfaContext)
    const signIn = asked.forceAuthn ? undefined : session(request)
    if (signIn && (!secondFactor || signIn.mfa)) return answer(response, signIn, flow)
    const name = flows.add({ ...flow, secondFactor, ...(signIn && { person: signIn.person }) }, 900)
    if (signIn) codePage(response, name)
    else loginPage(response, name)
  }
  const finish = async (response: Response, person: DemoPerson, flow: Flow) => {
    const sessionIndex = `_${randomBytes(16).toString('hex')}`
    const mfa = person.mfa || flow.secondFactor === true
    const signIn = { person, authnInstant: options.clock(), sessionIndex, mfa }
    setCookie(response, cookie, sessions.add(signIn, 8 * 3600))
    await answer(response, signIn, flow)
  }
  const sso = async (request: Request, response: Response) => {
    const binding = request.method === 'GET' ? 'redirect' : 'post'
    const parameters: Record<string, unknown> = binding === 'redirect' ? request.query : request.body
    try {
      const asked = await readAuthnRequest(options, binding, parameters ?? {})
      const flow = { requestId: asked.id, ...relayStateOf(parameters) }
      await begin(request, response, flow, asked)
    } catch (error) {
      messagePage(response, 400, 'This request cannot be answered', (error as Error).message)
    }
  }
  const form = express.urlencoded({ extended: false, limit: '256kb' })

  serveAssets(app)
  app.get('/', (request, response) => frontPage(response, people, session(request)?.person))
  app.get('/metadata', (_request, response) => {
    response.type('application/samlmetadata+xml').send(idpMetadata(options))
  })
  app.get('/sso', sso)
  app.post('/sso', form, sso)
  app.get('/tile', (request, response) => begin(request, response, relayStateOf(request.query), asItComes))
  app.post('/login', form, async (request, response) => {
    const { flow: name, username, password } = (request.body ?? {}) as Record<string, unknown>
    const flow = typeof name === 'string' ? flows.get(name) : undefined
    if (flow === undefined || typeof name !== 'string') {
      return messagePage(response, 400, 'This form is out of date', 'Please start the sign-in again.')
    }
    const person = authenticate(people, username, password)
    if (person === undefined)
      return loginPage(response, name, 'That name and password do not belong together.')
    flows.take(name)
    // Who always signs in with a second factor is not asked for the code: the demo stays calm.
    if (flow.secondFactor && !person.mfa) return codePage(response, flows.add({ ...flow, person }, 900))
    await finish(response, person, flow)
  })
  app.post('/code', form, async (request, response) => {
    const { flow: name, code } = (request.body ?? {}) as Record<string, unknown>
    const flow = typeof name === 'string' ? flows.get(name) : undefined
    if (flow?.person === undefined || typeof name !== 'string')
      return messagePage(response, 400, 'This form is out of date', 'Please start the sign-in again.')
    if (code !== demoCode) return codePage(response, name, 'That is not the code.')
    flows.take(name)
    await finish(response, flow.person, flow)
  })
  const forget = (request: Request, response: Response) => {
    response.clearCookie(cookie, { path: '/' })
    return sessions.take(readCookie(request, cookie))
  }
  const goodbye = (response: Response) =>
    messagePage(response, 200, 'Signed out', 'This identity provider no longer remembers you.')
  const openId =
    options.openId &&
    createDemoOpenId(
      { ...options, issuer: `${options.baseUrl}/oidc`, client: options.openId },
      {
        begin: (request, response, ask) => {
          const age = (options.clock() - (session(request)?.authnInstant ?? 0)) / 1000
          const again = ask.prompt === 'login' || (ask.maxAge !== undefined && age > ask.maxAge)
          return begin(request, response, { openId: ask }, { forceAuthn: again, contexts: ask.contexts })
        },
        forget,
        goodbye,
      },
    )
  if (openId) app.use('/oidc', openId.routes)
  app.all('/logout', async (request, response) => {
    const signIn = forget(request, response)
    if (signIn !== undefined) await openId?.tellLogout(signIn)
    if (signIn === undefined) goodbye(response)
    else response.redirect(302, await logoutRequestUrl(options, signIn))
  })
  app.get('/slo', async (request, response) => {
    try {
      const arrival = readLogout(request.query)
      forget(request, response)
      if (arrival.kind === 'response') goodbye(response)
      else response.redirect(302, await logoutResponseUrl(options, arrival.id))
    } catch (error) {
      messagePage(response, 400, 'This request cannot be answered', (error as Error).message)
    }
  })
  app.use((_request, response) => messagePage(response, 404, 'Nothing here', 'There is no such page.'))
  return app
}

function relayStateOf(parameters: Record<string, unknown> | undefined): { readonly relayState?: string } {
  const relayState = parameters?.RelayState
  return typeof relayState === 'string' && relayState !== '' ? { relayState } : {}
}

function authenticate(
  people: readonly DemoPerson[],
  username: unknown,
  password: unknown,
): DemoPerson | undefined {
  if (typeof username !== 'string' || typeof password !== 'string') return undefined
  const person = people.find((one) => one.username === username)
  const digest = (text: string) => createHash('sha256').update(text).digest()
  const expected = digest(person?.password ?? person?.username ?? '')
  return timingSafeEqual(digest(password), expected) ? person : undefined
}
