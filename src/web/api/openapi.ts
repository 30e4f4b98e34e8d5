import { audit } from './openapi-audit.ts'
import { peopleOperations, peopleSchemas } from './openapi-people.ts'
import { reviewOperations } from './openapi-review.ts'
import { schemas } from './openapi-schemas.ts'
import { list, type Operation, object, ref, type Schema, text } from './schema.ts'

/** A request in the address. */
const requestId = { name: 'id', in: 'path' as const, required: true, schema: text }

const requestStep = (summary: string, body?: Schema): Readonly<Record<string, Operation>> => ({
  post: { summary, answer: ref('AccessRequest'), parameters: [requestId], ...(body && { body }) },
})

/** Adds to an answer. */
const onRequest = (name: string) => ({
  name,
  in: 'query' as const,
  required: false,
  schema: { type: 'string', enum: ['true', 'false'] },
})

const operations: Readonly<Record<string, Readonly<Record<string, Operation>>>> = {
  '/api/v1/me': {
    get: { summary: 'Who am I?', answer: ref('Me'), parameters: [onRequest('attributes')] },
  },
  '/api/v1/roles': {
    get: {
      summary: 'Roles that I may take now, and those that only a condition keeps shut',
      answer: object({
        roles: { type: 'array', items: ref('Role') },
        'locked?': { type: 'array', items: ref('LockedRole'), maxItems: 1000 },
        'support?': ref('Support'),
      }),
      parameters: [onRequest('locked')],
    },
  },
  '/api/v1/credentials': {
    post: { summary: 'Take a role', body: ref('CredentialsWish'), answer: ref('Credentials') },
  },
  '/api/v1/console': {
    post: {
      summary: 'A link into the AWS console, good for 15 minutes',
      body: ref('ConsoleWish'),
      answer: object({ url: text }),
    },
  },
  '/api/v1/explain': {
    get: {
      summary: 'Why may I take a role, or why not?',
      answer: ref('Explanation'),
      parameters: [{ name: 'role', in: 'query', required: false, schema: text }],
    },
  },
  '/api/v1/sessions': {
    get: { summary: 'My live sessions', answer: list('sessions', ref('Session')) },
  },
  '/api/v1/sessions/{ref}': {
    delete: {
      summary: 'End one of my sessions',
      parameters: [{ name: 'ref', in: 'path', required: true, schema: text }],
    },
  },
  '/api/v1/audit': { get: audit },
  ...peopleOperations,
  '/api/v1/requests': {
    get: {
      summary: 'Requests for access: mine, those that I may decide on, or for auditors all that are open',
      answer: list('requests', ref('AccessRequest')),
      parameters: [
        {
          name: 'view',
          in: 'query',
          required: false,
          schema: { type: 'string', enum: ['mine', 'decide', 'all'] },
        },
      ],
    },
    post: {
      summary: 'Ask for a role that others must allow',
      body: ref('AccessWish'),
      answer: ref('AccessRequest'),
    },
  },
  '/api/v1/requests/{id}': {
    get: { summary: 'One request', answer: ref('AccessRequest'), parameters: [requestId] },
  },
  '/api/v1/requests/{id}/approve': requestStep('Allow it'),
  '/api/v1/requests/{id}/activate': requestStep('Start what was allowed'),
  '/api/v1/requests/{id}/deny': requestStep('Say no', ref('Because')),
  '/api/v1/requests/{id}/withdraw': requestStep('Take my request back'),
  '/api/v1/requests/{id}/end': requestStep('End the access at once', ref('Because')),
  ...reviewOperations,
  '/api/v1/openapi.json': { get: { summary: 'This document', answer: { type: 'object' }, open: true } },
}

/** The query parameters of a route, named as the router names it; none of a route that the document does not know. */
export function queryParametersOf(method: string, route: string): readonly string[] {
  const operation = operations[route.replaceAll(/:(\w+)/g, '{$1}')]?.[method.toLowerCase()]
  return (operation?.parameters ?? []).filter((one) => one.in === 'query').map(({ name }) => name)
}

/** The API as an OpenAPI 3.1 document. A test holds it against the routes. */
export function openApi(baseUrl: string, version: string) {
  return {
    openapi: '3.1.0',
    info: { title: 'Rolebridge', version },
    servers: [{ url: baseUrl }],
    security: [{ bearer: [] }],
    paths: Object.fromEntries(
      Object.entries(operations).map(([path, methods]) => [
        path,
        Object.fromEntries(Object.entries(methods).map(([method, one]) => [method, operation(one)])),
      ]),
    ),
    components: {
      schemas: { ...schemas, ...peopleSchemas },
      securitySchemes: {
        bearer: { type: 'http', scheme: 'bearer', description: 'An access token of `POST /oauth/token`.' },
      },
    },
  }
}

function operation({ summary, answer, answers, body, parameters, open }: Operation) {
  const json = (schema: Schema) => ({ 'application/json': { schema } })
  const written = (by: Operation['answers'] = {}) =>
    Object.fromEntries(Object.entries(by).map(([type, schema]) => [type, { schema }]))
  return {
    summary,
    ...(parameters && { parameters }),
    ...(body && { requestBody: { required: true, content: json(body) } }),
    ...(open && { security: [] }),
    responses: {
      ...(answer
        ? { 200: { description: 'OK', content: { ...json(answer), ...written(answers) } } }
        : { 204: { description: 'Done' } }),
      default: {
        description: 'A problem',
        content: { 'application/problem+json': { schema: ref('Problem') } },
      },
    },
  }
}
