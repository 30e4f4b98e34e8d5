import type { Router } from 'express'
import * as room from '../../src/web/index.ts'

/** Stands for all that routes are built with: they are listed, and nobody asks them anything. */
const anything: never = new Proxy(() => {}, {
  get: (_, name) =>
    name === Symbol.iterator ? () => [].values() : name === Symbol.toPrimitive ? () => '' : anything,
  apply: () => anything,
}) as never

/** What some of them read at once. */
const given = { secrets: ['a secret of no server'], baseUrl: 'https://bridge.example' }
const web = new Proxy(given, { get: (own, name) => Reflect.get(own, name) ?? anything }) as never

/** The paths that the web room answers a GET of, as it writes them. */
export function pathsOfGets(): readonly string[] {
  const routers = Object.entries(room)
    .filter(([name]) => name.endsWith('Routes'))
    .map(([, route]) => (route as (all: never) => Router)(web))
  const paths = routers.flatMap(({ stack }) =>
    stack.flatMap(({ route }) =>
      route?.stack.some(({ method }) => method === 'get') ? [route.path].flat() : [],
    ),
  )
  return [...new Set(paths.map(String))].sort()
}
