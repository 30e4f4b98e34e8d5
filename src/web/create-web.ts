import { performance } from 'node:perf_hooks'
import express, { type Express, type RequestHandler } from 'express'
import { Refusal } from '../core/index.ts'
import type { Route, Web, WebDeps } from './deps.ts'
import { formReader } from './guards/form.ts'
import { securityHeaders } from './guards/headers.ts'
import { greetPerson, requirePerson } from './guards/person.ts'
import { createCounts } from './guards/rate-limit.ts'
import { loadAssets } from './pages/assets.ts'
import { errorPage } from './pages/errors.ts'
import { publicDirectory, useViews } from './pages/render.ts'
import { addressOf, requestIdOf } from './request.ts'
import { sessionMiddleware } from './session.ts'

/**
 * The HTTP application: what every request goes through, then the routes in their order, then one error page.
 * Takes any list of route modules, so that other doors (device flow, API) are mounted beside the portal's.
 */
export function createWeb(deps: WebDeps, routes: readonly Route[]): Express {
  const web = derive(deps)
  const app = express()
  app.disable('x-powered-by')
  app.set('env', 'production') // the framework's own last resort shows no stack
  app.set('etag', false)
  app.set('query parser', 'simple')
  app.set('trust proxy', web.trustProxy)
  // The public origin is configured; no header may claim another scheme, and no proxy has to send one.
  Object.defineProperty(app.request, 'protocol', { get: () => new URL(web.baseUrl).protocol.slice(0, -1) })
  useViews(app, web)
  app.use(nameRequest(web), securityHeaders(web.secure), knowClient)
  for (const route of routes) app.use(route(web))
  app.use(greetPerson(web), () => {
    throw new Refusal('not_found', 'no route')
  })
  app.use(errorPage(web))
  return app
}

function derive(deps: WebDeps): Web {
  const { origin, protocol } = new URL(deps.baseUrl)
  const secure = protocol === 'https:'
  const session = sessionMiddleware({ ...deps, secure, records: deps.sessions })
  return {
    ...deps,
    origin,
    secure,
    title: deps.title ?? 'Rolebridge',
    counts: deps.counts ?? createCounts(),
    assets: loadAssets(publicDirectory),
    session,
    signedIn: [session, requirePerson({ bridge: deps.bridge, origin, secure })],
    form: formReader(16_384),
  }
}

/** What asks about the process itself comes past the proxies, and nothing there depends on who asks. */
const aboutProcess = new Set(['/healthz', '/readyz', '/metrics'])

/** Refuses a request whose client's address is not known, before any decision could be made by a wrong one. */
const knowClient: RequestHandler = (request, _response, next) => {
  if (!aboutProcess.has(request.path)) addressOf(request)
  next()
}

/** Gives the request its id and tells the hook when the answer is out. */
function nameRequest(web: Web): RequestHandler {
  return (request, response, next) => {
    response.locals.requestId = web.random(12).toString('base64url')
    response.set('X-Request-Id', requestIdOf(response))
    const start = performance.now()
    response.once('finish', () =>
      web.hooks?.answered?.({
        requestId: requestIdOf(response),
        method: request.method,
        route: String(request.route?.path ?? 'none'),
        status: response.statusCode,
        milliseconds: performance.now() - start,
      }),
    )
    next()
  }
}
