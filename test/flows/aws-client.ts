import { Person } from '../person.ts'
import type { Stage } from '../stage.ts'
import { decide, pkce } from './program.ts'

export const deviceGrant = 'urn:ietf:params:oauth:grant-type:device_code'

export interface Answer {
  readonly status: number
  readonly headers: Headers
  /** `x-amzn-ErrorType`. */
  readonly exception: string | null
  // biome-ignore lint/suspicious/noExplicitAny: a test reads whatever came
  readonly body: any
}

/** A stock AWS client as the wire sees it: JSON in camelCase, a header for the token, no cookies. */
export class AwsClient {
  readonly url: string
  id = ''
  secret = ''

  constructor({ url }: Pick<Stage, 'url'>) {
    this.url = url
  }

  async post(path: string, body: unknown, headers: Record<string, string> = {}): Promise<Answer> {
    const init = { method: 'POST', body: typeof body === 'string' ? body : JSON.stringify(body) }
    return read(
      await fetch(this.url + path, { ...init, headers: { 'content-type': 'application/json', ...headers } }),
    )
  }

  async portal(path: string, token: string | undefined, method = 'GET'): Promise<Answer> {
    const headers: Record<string, string> = token === undefined ? {} : { 'x-amz-sso_bearer_token': token }
    return read(await fetch(this.url + path, { method, headers }))
  }

  /** Registers the way the CLI does for the device flow, with changes. */
  async register(change: Record<string, unknown> = {}): Promise<Answer> {
    const answer = await this.post('/client/register', {
      clientName: 'botocore-client-rolebridge',
      clientType: 'public',
      scopes: ['sso:account:access'],
      ...change,
    })
    if (answer.status === 200)
      Object.assign(this, { id: answer.body.clientId, secret: answer.body.clientSecret })
    return answer
  }

  /** A body with this client's id and secret. */
  withClient(body: Record<string, unknown>) {
    return { clientId: this.id, clientSecret: this.secret, ...body }
  }

  start() {
    return this.post('/device_authorization', this.withClient({ startUrl: `${this.url}/start` }))
  }

  poll(deviceCode: string) {
    return this.post('/token', this.withClient({ grantType: deviceGrant, deviceCode }))
  }

  refresh(refreshToken: string) {
    return this.post('/token', this.withClient({ grantType: 'refresh_token', refreshToken }))
  }

  /** The device flow as somebody goes through it; resolves to the answer with the tokens. */
  async signIn(name: string, person = new Person()): Promise<Answer> {
    await this.register()
    const started = await this.start()
    await approve(person, this.url, name, started.body.verificationUriComplete)
    return this.poll(started.body.deviceCode)
  }
}

/** Opens the address in the person's browser, signs in where that is asked for, and says yes. */
export async function approve(person: Person, bridge: string, name: string, address: string) {
  const page = await person.signIn(bridge, name, name, address.slice(bridge.length))
  return decide(person, page, 'approve')
}

/** What the CLI opens in the browser for PKCE, recorded of version 2.38 and filled in. */
export function authorizeUrl(client: AwsClient, redirectUri: string, change: Record<string, string> = {}) {
  const { verifier, challenge } = pkce()
  const query = new URLSearchParams({
    response_type: 'code',
    client_id: client.id,
    redirect_uri: redirectUri,
    state: '5a1f2c7e-0b0e-4a9b-8d3c-6a1f7f3f6b11',
    code_challenge_method: 'S256',
    scopes: 'sso:account:access',
    code_challenge: challenge,
    ...change,
  })
  return { verifier, address: `${client.url}/authorize?${query}` }
}

async function read(response: Response): Promise<Answer> {
  const text = await response.text()
  const json = /json/.test(response.headers.get('content-type') ?? '')
  const { status, headers } = response
  return { status, headers, exception: headers.get('x-amzn-errortype'), body: json ? JSON.parse(text) : text }
}
