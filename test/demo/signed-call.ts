import { createHash, createHmac } from 'node:crypto'
import type { Answer } from './aws-world.ts'
import { answer } from './aws-world.ts'

export interface TestCredentials {
  readonly accessKeyId: string
  readonly secretAccessKey: string
  readonly sessionToken: string
}

export interface SignedCall {
  readonly url: string
  readonly credentials: TestCredentials
  /** Epoch milliseconds. */
  readonly at: number
  readonly method?: 'GET' | 'POST' | 'PUT' | 'DELETE'
  /** Default: `/`, with the parameters of GetCallerIdentity. */
  readonly path?: string
  readonly body?: string
  readonly region?: string
  readonly service?: string
  readonly scopeDay?: string
  readonly signedHeaders?: readonly string[]
  /** Changes the request after it was signed. */
  readonly tamper?: (request: { headers: Record<string, string>; body: string }) => void
}

const parameters = 'Action=GetCallerIdentity&Version=2011-06-15'

/** GetCallerIdentity as the AWS CLI sends it, signed step by step as AWS documents Signature Version 4. */
export async function signedCall(ask: SignedCall): Promise<Answer> {
  const method = ask.method ?? 'POST'
  const date = new Date(ask.at).toISOString().replace(/[-:]|\.\d+/g, '')
  const scope = [
    ask.scopeDay ?? date.slice(0, 8),
    ask.region ?? 'eu-west-1',
    ask.service ?? 'sts',
    'aws4_request',
  ]
  const request = {
    headers: {
      'content-type': 'application/x-www-form-urlencoded; charset=utf-8',
      host: new URL(ask.url).host,
      'x-amz-date': date,
      'x-amz-security-token': ask.credentials.sessionToken,
    } as Record<string, string>,
    body: ask.body ?? (method === 'POST' ? parameters : ''),
  }
  const names = [...(ask.signedHeaders ?? Object.keys(request.headers))].sort()
  const query = method === 'GET' && ask.path === undefined ? parameters : ''
  const path = ask.path ?? '/'
  const headers = names.map((name) => `${name}:${request.headers[name]}\n`).join('')
  const canonical = `${method}\n${path}\n${query}\n${headers}\n${names.join(';')}\n${sha256(request.body)}`
  const toSign = `AWS4-HMAC-SHA256\n${date}\n${scope.join('/')}\n${sha256(canonical)}`
  let key = Buffer.from(`AWS4${ask.credentials.secretAccessKey}`)
  for (const part of scope) key = createHmac('sha256', key).update(part).digest()
  const signature = createHmac('sha256', key).update(toSign).digest('hex')
  request.headers.authorization = `AWS4-HMAC-SHA256 Credential=${ask.credentials.accessKeyId}/${scope.join('/')}, SignedHeaders=${names.join(';')}, Signature=${signature}`
  ask.tamper?.(request)
  const { host: _host, ...sent } = request.headers
  const url = `${ask.url}${path}${query && `?${query}`}`
  return answer(
    await fetch(url, { method, headers: sent, ...(method === 'GET' ? {} : { body: request.body }) }),
  )
}

/** GetCallerIdentity presigned by GET, as `aws eks get-token` makes it; `tamper` changes the URL afterwards. */
export async function presignedCall(
  ask: Pick<SignedCall, 'url' | 'credentials' | 'at'> & {
    readonly seconds?: number
    readonly tamper?: (url: URL) => void
  },
): Promise<Answer> {
  const date = new Date(ask.at).toISOString().replace(/[-:]|\.\d+/g, '')
  const scope = [date.slice(0, 8), 'eu-west-1', 'sts', 'aws4_request']
  const url = new URL(`${ask.url}/?${parameters}`)
  const { accessKeyId, sessionToken } = ask.credentials
  for (const [name, value] of [
    ['X-Amz-Algorithm', 'AWS4-HMAC-SHA256'],
    ['X-Amz-Credential', `${accessKeyId}/${scope.join('/')}`],
    ['X-Amz-Date', date],
    ['X-Amz-Expires', String(ask.seconds ?? 60)],
    ['X-Amz-Security-Token', sessionToken],
    ['X-Amz-SignedHeaders', 'host;x-k8s-aws-id'],
  ] as const)
    url.searchParams.set(name, value)
  const query = [...url.searchParams]
    .map(([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(value)}`)
    .sort()
    .join('&')
  const headers = `host:${url.host}\nx-k8s-aws-id:cluster\n`
  const canonical = `GET\n/\n${query}\n${headers}\nhost;x-k8s-aws-id\n${sha256('')}`
  const toSign = `AWS4-HMAC-SHA256\n${date}\n${scope.join('/')}\n${sha256(canonical)}`
  let key = Buffer.from(`AWS4${ask.credentials.secretAccessKey}`)
  for (const part of scope) key = createHmac('sha256', key).update(part).digest()
  url.searchParams.set('X-Amz-Signature', createHmac('sha256', key).update(toSign).digest('hex'))
  ask.tamper?.(url)
  return answer(await fetch(url, { headers: { 'x-k8s-aws-id': 'cluster' } }))
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}
