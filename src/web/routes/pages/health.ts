import { BlockList, isIP } from 'node:net'
import { type Request, type Response, Router } from 'express'
import type { Route } from '../../deps.ts'
import { clientAddress } from '../../guards/client-address.ts'
import { addressOf, requestIdOf } from '../../request.ts'

/** For load balancers and Prometheus: alive, able to work, numbers. */
export const healthRoutes: Route = ({ bridge, metrics, metricsFrom, hooks, configuration }) => {
  // So that somebody who looks after several nodes sees whether they serve the same.
  const served = configuration === undefined ? '' : `configuration ${configuration}\n`
  const text = (response: Response, status: number, body: string) =>
    response.status(status).type('text/plain').send(`${body}\n${served}`)

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
    const mayRead = addressList(metricsFrom ?? ['127.0.0.0/8', '::1'])
    router.get('/metrics', async (request, response) => {
      if (!mayRead(scraperOf(request))) {
        return void text(response, 403, 'Metrics are answered to the addresses that metrics.from names.')
      }
      const { contentType, body } = await metrics()
      response.set('Content-Type', contentType).send(body)
    })
  }
  return router
}

/** A scraper that comes past the proxies is its own peer; who comes through them is known by what they say. */
const scraperOf = (request: Request): string =>
  request.get('x-forwarded-for') === undefined ? clientAddress(request, 0) : addressOf(request)

function addressList(from: readonly string[]): (address: string) => boolean {
  const list = new BlockList()
  for (const one of from) {
    const [address = '', bits] = one.split('/')
    const family = isIP(address) === 6 ? 'ipv6' : 'ipv4'
    if (bits === undefined) list.addAddress(address, family)
    else list.addSubnet(address, Number(bits), family)
  }
  return (address) => list.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4')
}
