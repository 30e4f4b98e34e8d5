import type { ErrorRequestHandler, Request, Response } from 'express'
import { parseEntitlementArn, Refusal, type RefusalCode, type Session } from '../../core/index.ts'
import type { Web } from '../deps.ts'
import { addressOf, requestIdOf, wantsJson } from '../request.ts'
import { aboutRole } from './about-role.ts'
import { page } from './render.ts'
import { askPath } from './requests/view.ts'
import { stepUpPage, stepUpProblem } from './step-up-page.ts'

/** What may be told of an error; the rest stays in the log under the request id. */
interface Told {
  readonly code: RefusalCode | 'internal'
  readonly status: number
  readonly say: string
}

const internal: Told = { code: 'internal', status: 500, say: 'Something went wrong on our side.' }

/** The last middleware: every error becomes one page, or a problem document (RFC 9457) for machines. */
export function errorPage(web: Web): ErrorRequestHandler {
  return async (error: unknown, request, response, _next) => {
    if (isAborted(error)) return void response.destroy()
    const refusal = asRefusal(error)
    report(web, error, refusal, request, response)
    // The session may fail to be kept after the answer went out: that is logged, the answer stands.
    if (response.headersSent) return void (response.writableEnded || response.destroy())
    const told = refusal ?? internal
    const person: Session | undefined = response.locals.person
    sayWhen(response, refusal)
    response.status(told.status)
    if (wantsJson(request)) problem(web, response, told, refusal && stepUpProblem(web, refusal, response))
    else
      page(response, 'error', {
        title: titles[told.status] ?? 'That did not work',
        say: told.code === 'locked' ? sayWhom(web, told) : told.say,
        about: await aboutRole(web, request, response),
        countedBefore: countedBefore.has(told.code),
        requestId: requestIdOf(response),
        lookUp: person !== undefined && web.bridge.history.seesAll(person),
        actions: nextSteps(told.code, response),
      })
  }
}

/** The one no that only somebody else can lift. */
const sayWhom = ({ support }: Pick<Web, 'support'>, { say }: Told) =>
  `${say} Ask ${support?.name ?? 'your administrator'}.`

/** Names the seconds after which to ask again, where the refusal knows them. */
export function sayWhen(response: Response, refusal: Refusal | undefined): void {
  if (refusal?.retryAfter !== undefined) response.set('Retry-After', String(refusal.retryAfter))
}

/** A problem document: the public sentence, the code, the request id, and whom to ask about a no. */
function problem({ support }: Pick<Web, 'support'>, response: Response, told: Told, more?: object): void {
  response.type('application/problem+json').send(
    JSON.stringify({
      type: 'about:blank',
      title: told.say,
      status: told.status,
      code: told.code,
      request_id: requestIdOf(response),
      ...(told.status === 403 && support && { support }),
      ...more,
    }),
  )
}

const titles: Readonly<Record<number, string>> = {
  401: 'Please sign in',
  404: 'Nothing here',
  429: 'One moment',
  500: 'That did not work',
  502: 'AWS does not answer',
  503: 'Not available right now',
}

/** Where to go from here. */
function nextSteps(code: Told['code'], response: Response) {
  const back = encodeURIComponent(response.locals.returnTo ?? '/')
  const role: string | undefined = response.locals.roleArn
  const home = { href: '/', label: 'Back to your roles' }
  if (code === 'locked') return [{ href: '/login?force=1', label: 'Sign in as somebody else' }]
  if (response.locals.signingIn === true || signInHelps.has(code)) {
    const force = code === 'authn_too_old' || code === 'authn_context' ? '&force=1' : ''
    const again = { href: `/login?return_to=${back}${force}`, label: 'Sign in again' }
    return countedBefore.has(code) || nothingChanged.has(code) ? [again, home] : [again]
  }
  if (code === 'step_up_required' && role !== undefined && parseEntitlementArn(role) !== undefined) {
    const by = response.locals.console === true ? 'console' : 'portal'
    return [{ href: stepUpPage(role, by), label: 'Sign in for this role' }, home]
  }
  if (code === 'request_required' && role !== undefined && parseEntitlementArn(role) !== undefined)
    return [{ href: askPath(role), label: 'Ask for it' }, home]
  if (code === 'not_entitled' && role !== undefined && parseEntitlementArn(role) !== undefined) {
    const door = response.locals.console === true ? '&for=console' : ''
    return [{ href: `/explain?role=${encodeURIComponent(role)}${door}`, label: 'Why not?' }, home]
  }
  return [home]
}

/** An answer that is good once: the back button brings it again, mostly to somebody who is signed in by it. */
const countedBefore = new Set<Told['code']>(['replayed', 'in_response_to_mismatch'])

/** A step-up that did not come about: whoever asked for it is signed in as before. */
const nothingChanged = new Set<Told['code']>([
  'second_factor_missing',
  'authn_context',
  'authn_too_old',
  'other_person',
])

const signInHelps = new Set<Told['code']>(['session_required', 'reauthentication_required'])

/** Errors of the body parser and router have a type or a status; what is left is a fault of ours. */
export function asRefusal(error: unknown): Refusal | undefined {
  if (error instanceof Refusal) return error
  if (!(error instanceof Error)) return undefined
  const { status, type } = error as Error & { status?: unknown; type?: unknown }
  if (status === 413) return new Refusal('too_large', String(type ?? 'body'), { cause: error })
  if (typeof status === 'number' && status >= 400 && status < 500) {
    return new Refusal('invalid_request', String(type ?? 'unreadable request'), { cause: error })
  }
  return undefined
}

const isAborted = (error: unknown) =>
  error instanceof Error && (error as Error & { type?: unknown }).type === 'request.aborted'

/** Tells log and metrics of an error, whatever shape its answer has. */
export function report(
  web: Web,
  error: unknown,
  refusal: Refusal | undefined,
  request: Request,
  response: Response,
) {
  const name = {
    requestId: requestIdOf(response),
    method: request.method,
    path: request.path,
    address: readableAddress(request),
  }
  if (refusal) web.hooks?.refused?.({ ...name, code: refusal.code, detail: refusal.detail })
  else web.hooks?.failed?.({ ...name, error })
}

function readableAddress(request: Request): string {
  try {
    return addressOf(request)
  } catch {
    return 'unreadable'
  }
}
