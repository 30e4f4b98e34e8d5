import { createHash } from 'node:crypto'
import express, { type ErrorRequestHandler, type Request, type Response, Router } from 'express'
import { escapeMarkup } from '../html.ts'
import type { World } from '../sts/actions/action.ts'
import { requireCaller, requirePermission } from '../sts/caller.ts'
import { faultStatus, StsFault } from '../sts/fault.ts'
import { httpFacts } from '../sts/query-protocol.ts'

/** One bucket's objects by key. */
type Bucket = Map<string, { readonly body: Buffer; readonly at: number }>

const maxBody = 256 * 1024
const maxObjects = 200

/**
 * A very small S3, path style, below `/s3`: what a session may do is decided by its role's permissions, its session
 * policies and scopes, so that narrowed credentials can be seen to be narrow (`aws s3 ls`, `aws s3 cp`).
 */
export function smallS3(world: World): Router {
  const buckets = new Map<string, Bucket>([['demo', new Map()]])
  buckets
    .get('demo')
    ?.set('hello.txt', { body: Buffer.from('Hello from the demo.\n'), at: Date.UTC(2026, 0) })
  const router = Router({ caseSensitive: true })
  router.use(express.raw({ type: () => true, limit: maxBody, inflate: false }))
  router.use((request, response) => {
    const [bucket, key] = place(request)
    const what = { bucket, key, prefix: String(request.query.prefix ?? '') }
    const action = actionOf(request, what)
    allow(request, world, action, what)
    actions[action](response, buckets, { ...what, body: bodyOf(request), now: world.clock() })
  })
  router.use(errors)
  return router
}

interface What {
  readonly bucket: string
  readonly key: string
  readonly prefix: string
}

interface Wish extends What {
  readonly body: Buffer
  readonly now: number
}

type Does = (response: Response, buckets: Map<string, Bucket>, wish: Wish) => void

const xml = (response: Response, text: string) =>
  response.type('application/xml').send(`<?xml version="1.0" encoding="UTF-8"?>\n${text}`)
const ns = 'xmlns="http://s3.amazonaws.com/doc/2006-03-01/"'
const etag = (body: Buffer) => `"${createHash('md5').update(body).digest('hex')}"`
const iso = (at: number) => new Date(at).toISOString()

const actions = {
  ListAllMyBuckets(response, buckets, { now }) {
    const each = [...buckets.keys()].map(
      (name) => `<Bucket><Name>${escapeMarkup(name)}</Name><CreationDate>${iso(now)}</CreationDate></Bucket>`,
    )
    xml(
      response,
      `<ListAllMyBucketsResult ${ns}><Owner><ID>demo</ID></Owner><Buckets>${each.join('')}</Buckets></ListAllMyBucketsResult>`,
    )
  },
  ListBucket(response, buckets, { bucket, prefix }) {
    const found = [...requireBucket(buckets, bucket)].filter(([key]) => key.startsWith(prefix))
    const each = found.map(
      ([key, { body, at }]) =>
        `<Contents><Key>${escapeMarkup(key)}</Key><LastModified>${iso(at)}</LastModified><ETag>${escapeMarkup(etag(body))}</ETag><Size>${body.length}</Size><StorageClass>STANDARD</StorageClass></Contents>`,
    )
    const head = `<Name>${escapeMarkup(bucket)}</Name><Prefix>${escapeMarkup(prefix)}</Prefix><KeyCount>${found.length}</KeyCount><MaxKeys>1000</MaxKeys><IsTruncated>false</IsTruncated>`
    xml(response, `<ListBucketResult ${ns}>${head}${each.join('')}</ListBucketResult>`)
  },
  GetObject(response, buckets, { bucket, key }) {
    const found = requireBucket(buckets, bucket).get(key)
    if (found === undefined) throw new S3Fault('NoSuchKey', 404, 'The specified key does not exist.')
    const { body, at } = found
    response.set({ ETag: etag(body), 'Last-Modified': new Date(at).toUTCString() })
    response.type('application/octet-stream').send(body)
  },
  PutObject(response, buckets, { bucket, key, body, now }) {
    const objects = requireBucket(buckets, bucket)
    if (objects.size >= maxObjects && !objects.has(key))
      throw new S3Fault('ServiceUnavailable', 503, 'This small S3 is full.')
    objects.set(key, { body, at: now })
    response.set('ETag', etag(body)).status(200).end()
  },
  DeleteObject(response, buckets, { bucket, key }) {
    requireBucket(buckets, bucket).delete(key)
    response.status(204).end()
  },
} as const satisfies Record<string, Does>

function place({ path }: Request): [bucket: string, key: string] {
  const [, bucket = '', key = ''] = /^\/([^/]*)\/?(.*)$/s.exec(path) ?? []
  try {
    return [decodeURIComponent(bucket), decodeURIComponent(key)]
  } catch {
    throw new S3Fault('InvalidURI', 400, "Couldn't parse the specified URI.")
  }
}

function actionOf({ method }: Request, { bucket, key }: What): keyof typeof actions {
  const reads = method === 'GET' || method === 'HEAD'
  if (reads && bucket === '') return 'ListAllMyBuckets'
  if (reads) return key === '' ? 'ListBucket' : 'GetObject'
  if (method === 'PUT' && key !== '') return 'PutObject'
  if (method === 'DELETE' && key !== '') return 'DeleteObject'
  throw new S3Fault('MethodNotAllowed', 405, 'This small S3 cannot do that.')
}

/** Throws unless the signature is good and the caller's policies allow the action. */
function allow(request: Request, world: World, action: string, { bucket, key }: What): void {
  const call = { parameters: new URLSearchParams(), http: httpFacts(request) }
  const caller = requireCaller(call, world, 's3')
  const resource = bucket === '' ? '*' : `arn:aws:s3:::${bucket}${key && `/${key}`}`
  requirePermission(caller, `s3:${action}`, resource, call, world)
}

/** The object, without the frames of `aws-chunked` (newer SDKs send checksums behind the body). */
function bodyOf({ body, headers }: Request): Buffer {
  const bytes = Buffer.isBuffer(body) ? body : Buffer.alloc(0)
  if (!String(headers['content-encoding'] ?? '').includes('aws-chunked')) return bytes
  const parts: Buffer[] = []
  for (let at = 0; ; ) {
    const end = bytes.indexOf('\r\n', at)
    const size = Number.parseInt(bytes.subarray(at, end).toString('latin1'), 16)
    if (end < 0 || !(size > 0) || end + 2 + size > bytes.length) return Buffer.concat(parts)
    parts.push(bytes.subarray(end + 2, end + 2 + size))
    at = end + 4 + size
  }
}

function requireBucket(buckets: Map<string, Bucket>, name: string): Bucket {
  const found = buckets.get(name)
  if (found === undefined) throw new S3Fault('NoSuchBucket', 404, 'The specified bucket does not exist')
  return found
}

class S3Fault extends Error {
  readonly code: string
  readonly status: number

  constructor(code: string, status: number, message: string) {
    super(message)
    this.code = code
    this.status = status
  }
}

const errors: ErrorRequestHandler = (error: unknown, _request, response, next) => {
  if (response.headersSent) return next(error)
  const known = error instanceof S3Fault || error instanceof StsFault
  const code = known ? error.code : 'InternalError'
  const status =
    error instanceof S3Fault
      ? error.status
      : known
        ? faultStatus[error.code as keyof typeof faultStatus]
        : 500
  // S3 sends no encoded message along, as EC2 does.
  const said = known ? error.message : 'This small S3 failed.'
  const message = said.replace(/\. Encoded authorization failure message: .*/s, '')
  xml(
    response.status(status),
    `<Error><Code>${code}</Code><Message>${escapeMarkup(message)}</Message></Error>`,
  )
}
