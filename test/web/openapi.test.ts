import assert from 'node:assert/strict'
import { test } from 'node:test'
import request from 'supertest'
import {
  apiAuditRoutes,
  apiCredentialsRoutes,
  apiMeRoutes,
  apiPeopleRoutes,
  apiRequestsRoutes,
  apiReviewRoutes,
  apiSessionsRoutes,
} from '../../src/web/index.ts'
import { stage } from './stage.ts'

test('the OpenAPI document names every route of the API, and no other', async () => {
  const routes = [
    apiMeRoutes,
    apiRequestsRoutes,
    apiCredentialsRoutes,
    apiSessionsRoutes,
    apiAuditRoutes,
    apiPeopleRoutes,
    apiReviewRoutes,
  ]
  const { body } = await request(stage({}, routes).app).get('/api/v1/openapi.json').expect(200)
  const described = Object.entries<object>(body.paths).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => `${method} ${path}`),
  )
  // The routers are built without a request ever reaching them: what they hold is their list of routes.
  const web = { oauth: undefined, bridge: undefined } as never
  const routed = routes.flatMap((build) =>
    build(web).stack.flatMap(({ route }) =>
      route ? [`${route.stack.at(-1)?.method} ${route.path.replace(/:(\w+)/g, '{$1}')}`] : [],
    ),
  )
  assert.deepEqual(described.sort(), routed.sort())
})

test('every reference of the OpenAPI document leads somewhere', async () => {
  const { body } = await request(stage({}, [apiSessionsRoutes]).app).get('/api/v1/openapi.json')
  const names = [...JSON.stringify(body).matchAll(/#\/components\/schemas\/(\w+)/g)].map(([, name]) => name)
  assert.ok(names.length > 5)
  for (const name of names) assert.ok(Object.hasOwn(body.components.schemas, String(name)), name)
})
