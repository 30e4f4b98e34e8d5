import { randomBytes } from 'node:crypto'
import express, { type Express } from 'express'
import type { Clock, Random } from '../../core/index.ts'
import { serveAssets } from '../page.ts'
import { smallS3 } from '../s3/index.ts'
import { stsFrontPage } from './console-pages.ts'
import { authorizationMessages } from './decisions.ts'
import { devices } from './devices.ts'
import { federation } from './federation.ts'
import { type Issued, issuedSessions } from './issued.ts'
import { createOutboundIssuer } from './outbound-issuer.ts'
import { faultAnswer, queryProtocol } from './query-protocol.ts'
import type { AwsState } from './state.ts'

export interface LocalStsOptions {
  /** Where clients reach it, without a trailing slash. */
  readonly baseUrl: string
  readonly clock: Clock
  readonly state: AwsState
  readonly random?: Random
}

/** The app to listen with, and what it holds. */
export interface LocalSts {
  readonly app: Express
  readonly state: AwsState
  readonly issued: Issued
}

/**
 * A local AWS: STS under the query protocol at `/`, console federation at `/federation`, a stand-in console at
 * `/console`, second factors at `/devices`. An independent judge: it shares no verifier with the product, signatures are xml-crypto's to find
 * valid. Serve it on loopback only.
 */
export function createLocalSts({ baseUrl, clock, state, random = randomBytes }: LocalStsOptions): LocalSts {
  const issued = issuedSessions(clock, random)
  const outbound = createOutboundIssuer(baseUrl)
  const world = { state, issued, decisions: authorizationMessages(), outbound, clock }
  const query = queryProtocol(world)
  const app = express().disable('x-powered-by').disable('etag')
  serveAssets(app)
  app.get(
    '/',
    (request, response, next) => {
      if (request.query.Action === undefined) stsFrontPage(response, baseUrl, state, issued)
      else next()
    },
    query,
  )
  app.post('/', express.raw({ type: () => true, limit: 512 * 1024, inflate: false }), query)
  app.use('/s3', smallS3(world))
  app.use(outbound.router)
  app.use(devices(state, clock))
  app.use(federation({ baseUrl, issued, clock }))
  app.use((_request, response) => {
    response.status(404).type('text').send('There is nothing here.\n')
  })
  app.use(faultAnswer)
  return { app, state, issued }
}
