import type { IncomingHttpHeaders } from 'node:http'
import type { Request, Response } from 'express'
import { agentName, type ClientInfo, isBelow, Refusal, type RequestContext } from '../core/index.ts'
import { clientAddress } from './guards/client-address.ts'

/** The request id that headers, error pages, log and audit trail share. */
export const requestIdOf = (response: Response): string => response.locals.requestId

/** The circumstances of this request for conditions and audit. */
export function requestContext(
  request: Request,
  response: Response,
  channel: RequestContext['channel'],
): RequestContext {
  return {
    requestId: requestIdOf(response),
    sourceIp: addressOf(request),
    userAgent: agentOf(request),
    channel,
    ...agentHeader(request),
  }
}

/** Which AI agent runs the program, as the program itself says. One that says so badly is an agent all the same. */
export function agentHeader(request: Request): { agent?: string } {
  const said = request.get('rolebridge-agent')
  return said === undefined ? {} : { agent: agentName(said) }
}

export const clientInfo = (request: Request): ClientInfo => ({
  address: addressOf(request),
  userAgent: agentOf(request),
})

/** The client's address in its one canonical form; refuses when the proxies in front did not tell it. */
export const addressOf = (request: Request): string =>
  clientAddress(request, Number(request.app.get('trust proxy')))

/** Printable and of bounded length: it is shown to people and written to logs. */
const agentOf = (request: Request) =>
  (request.get('user-agent') ?? '').replace(/[^\x20-\x7e]/g, '?').slice(0, 256)

/** Machines that ask for JSON get problem documents instead of pages. */
export const wantsJson = (request: Request) =>
  isBelow({ pathname: request.path }, '/api', { anyCase: true }) ||
  request.accepts(['html', 'json']) === 'json'

/** One text field of a form or query; refuses a field that came twice or is longer than `longest`. */
export function field(source: unknown, name: string, longest = 2048): string | undefined {
  if (typeof source !== 'object' || source === null || !Object.hasOwn(source, name)) return undefined
  const value: unknown = (source as Record<string, unknown>)[name]
  if (typeof value !== 'string') throw new Refusal('invalid_request', `${name} was sent more than once`)
  if (value.length > longest) throw new Refusal('invalid_request', `${name} is too long`)
  return value
}

/** The value of a cookie; a name that is there twice counts as absent. */
export function cookieOf(headers: IncomingHttpHeaders, name: string): string | undefined {
  const values = (headers.cookie ?? '')
    .split(';')
    .map((pair) => pair.trim())
    .filter((pair) => pair.startsWith(`${name}=`))
  return values.length === 1 ? values[0]?.slice(name.length + 1) : undefined
}
