import { type Response, Router } from 'express'
import type { Route } from '../deps.ts'
import { requestIdOf } from '../request.ts'

/** For load balancers and Prometheus: alive, able to work, numbers. */
export const healthRoutes: Route = ({ bridge, metrics, hooks }) => {
  const text = (response: Response, status: number, body: string) =>
    response.status(status).type('text/plain').send(`${body}\n`)

  const router = Router()
  router.get('/healthz', (_request, response) => {
    text(response, 200, 'ok')
  })
  router.get('/readyz', async (request, response) => {
    try {
      await bridge.ready()
      text(response, 200, 'ready')
    } catch (error) {
      // Why is for the log: the address of a store is nobody's business.
      const { method, path, ip } = request
      hooks?.failed?.({ requestId: requestIdOf(response), method, path, address: ip ?? '', error })
      text(response, 503, 'not ready')
    }
  })
  if (metrics !== undefined) {
    router.get('/metrics', async (_request, response) => {
      const { contentType, body } = await metrics()
      response.set('Content-Type', contentType).send(body)
    })
  }
  return router
}
