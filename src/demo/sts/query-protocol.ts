import { randomUUID } from 'node:crypto'
import type { ErrorRequestHandler, Request, RequestHandler, Response } from 'express'
import type { HttpFacts, World } from './actions/action.ts'
import { actionNamed } from './actions/index.ts'
import { errorXml, resultXml } from './answer.ts'
import { faultStatus, StsFault } from './fault.ts'

/** Serves the actions under AWS's query protocol: a form (POST) or the query string (GET), answers in XML. */
export function queryProtocol(world: World): RequestHandler {
  return async (request, response) => {
    const http = httpFacts(request)
    const sent = http.method === 'GET' ? http.target.split(/\?(.*)/s, 2)[1] : http.body.toString('utf8')
    const parameters = new URLSearchParams(sent ?? '')
    const name = requireAction(parameters)
    const action = actionNamed(name)
    if (action === undefined) {
      const version = parameters.get('Version')
      throw new StsFault('InvalidAction', `Could not find operation ${name} for version ${version}`)
    }
    const requestId = randomUUID()
    const result = await action({ parameters, http }, world)
    sendXml(response, 200, requestId, resultXml(name, result, requestId))
  }
}

function requireAction(parameters: URLSearchParams): string {
  for (const name of parameters.keys()) {
    if (parameters.getAll(name).length > 1) {
      throw new StsFault('MalformedInput', `The parameter ${name} is there more than once`)
    }
  }
  const action = parameters.get('Action')
  if (!action) throw new StsFault('MissingAction', 'The request must contain the parameter Action')
  if (parameters.get('Version') !== '2011-06-15') {
    throw new StsFault('NoSuchVersion', 'The requested version is not supported; it must be 2011-06-15')
  }
  return action
}

/** The request as signatures and conditions need to know it. */
export function httpFacts(request: Request): HttpFacts {
  const headers = Object.entries(request.headers).map(([name, value]) => [name, [value].flat().join(',')])
  return {
    method: request.method,
    target: request.originalUrl,
    headers: Object.fromEntries(headers),
    body: Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0),
    sourceIp: (request.socket.remoteAddress ?? '').replace(/^::ffff:/, ''),
  }
}

/** Says every failure in the form that AWS clients understand; what is unexpected tells them nothing. */
export const faultAnswer: ErrorRequestHandler = (error: unknown, _request, response, next) => {
  if (response.headersSent) return next(error)
  const fault = asFault(error)
  const requestId = randomUUID()
  sendXml(response, faultStatus[fault.code], requestId, errorXml(fault, requestId))
}

function asFault(error: unknown): StsFault {
  if (error instanceof StsFault) return error
  const status = (error as { status?: unknown }).status
  if (status === 413) return new StsFault('RequestEntityTooLarge', 'The request is too large.')
  if (status === 400 || status === 415) return new StsFault('MalformedInput', 'The request is malformed.')
  return new StsFault('ServiceUnavailable', 'The local STS failed; this is a fault of its own.')
}

function sendXml(response: Response, status: number, requestId: string, xml: string): void {
  response.status(status).set('x-amzn-RequestId', requestId).type('text/xml').send(xml)
}
