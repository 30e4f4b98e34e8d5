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
      const without = await bridge.ready()
      // A provider that is down stops its own people only; the others' must not lose the bridge for it.
      text(response, 200, without.length === 0 ? 'ready' : `ready, but without ${without.join(', ')}`)
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
