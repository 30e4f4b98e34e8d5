import { createHash, randomBytes } from 'node:crypto'
import { type Page, Person } from '../person.ts'
import { type Stage, stageAt } from '../stage.ts'

/** A program on somebody's disk: it speaks OAuth and the API, and has no cookies. */
export class Program {
  readonly url: string
  readonly agent: string
  /** The AI agent that it says runs it. */
  runBy: string | undefined

  constructor({ url }: Pick<Stage, 'url'>, agent = 'rolebridge/0 (test)') {
    this.url = url
    this.agent = agent
  }

  async form(path: string, fields: Record<string, string>, headers: Record<string, string> = {}) {
    const body = new URLSearchParams({ client_id: 'rolebridge-cli', ...fields })
    return read(
      await fetch(this.url + path, {
        method: 'POST',
        body,
        headers: { 'user-agent': this.agent, ...headers },
      }),
    )
  }

  start(fields: Record<string, string> = {}) {
    return this.form('/oauth/device_authorization', {
      client_name: 'rolebridge 1.0',
      host_name: 'alice@laptop',
      ...fields,
    })
  }

  poll(deviceCode: string) {
    const grant_type = 'urn:ietf:params:oauth:grant-type:device_code'
    return this.form('/oauth/token', { grant_type, device_code: deviceCode })
  }

  refresh(refreshToken: string) {
    return this.form('/oauth/token', { grant_type: 'refresh_token', refresh_token: refreshToken })
  }

  async api(method: string, path: string, bearer?: string, body?: unknown) {
    const headers: Record<string, string> = { 'user-agent': this.agent }
    if (this.runBy !== undefined) headers['rolebridge-agent'] = this.runBy
    if (bearer !== undefined) headers.authorization = `Bearer ${bearer}`
    if (body !== undefined) headers['content-type'] = 'application/json'
    return read(
      await fetch(this.url + path, {
        method,
        headers,
        ...(body !== undefined && { body: JSON.stringify(body) }),
      }),
    )
  }

  /** The device flow as somebody goes through it; resolves to the token response. */
  async signIn(name: string, person = new Person(), look?: () => Promise<void>) {
    const started = await this.start()
    const page = await person.signIn(this.url, name, name, `/device?user_code=${started.body.user_code}`)
    await decide(person, page, 'approve', look)
    return { person, ...(await this.poll(started.body.device_code)) }
  }
}

/**
 * Decides on a page that asks whether a program may in. This browser has no scripts: who approves looks at the page for
 * a second and is asked once more.
 */
export async function decide(
  person: Person,
  page: Page,
  decision: 'approve' | 'deny',
  look: () => Promise<void> | void = () => stageAt(page.url)?.advance(1),
): Promise<Page> {
  let asked = page
  for (let presses = 0; presses < 2; presses++) {
    if (decision === 'approve') await look()
    const form = asked.forms.findIndex(({ fields }) => 'shown' in fields)
    asked = await person.submit(asked, { decision }, form)
    if (!asked.forms.some(({ fields }) => 'shown' in fields)) break
  }
  return asked
}

export function pkce() {
  const verifier = randomBytes(32).toString('base64url')
  return { verifier, challenge: createHash('sha256').update(verifier).digest('base64url') }
}

async function read(response: Response) {
  const text = await response.text()
  const json = /[/+]json/.test(response.headers.get('content-type') ?? '')
  return { status: response.status, headers: response.headers, body: json ? JSON.parse(text) : text }
}
