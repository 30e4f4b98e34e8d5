/** A person with a browser that has cookies and forms but no scripts: plain HTTP, one jar for each origin. */
export class Person {
  private readonly jars = new Map<string, Map<string, string>>()
  readonly agent: string
  /** The last answer's address. */
  at = ''

  /** Sent with everything, as by a proxy in front of the person. */
  readonly always: Record<string, string>

  constructor(agent = 'Mozilla/5.0 (test)', always: Record<string, string> = {}) {
    this.agent = agent
    this.always = always
  }

  get(url: string, headers: Record<string, string> = {}): Promise<Page> {
    return this.request(url, { headers })
  }

  head(url: string): Promise<Page> {
    return this.request(url, { method: 'HEAD', headers: {} })
  }

  post(url: string, fields: Record<string, string>, headers: Record<string, string> = {}): Promise<Page> {
    return this.request(url, { method: 'POST', body: new URLSearchParams(fields), headers })
  }

  /** Fills the page's form in and sends it. */
  submit(page: Page, fields: Record<string, string> = {}, form = 0): Promise<Page> {
    const found = page.forms[form]
    if (found === undefined) throw new Error(`no form ${form} at ${page.url}: ${page.text.slice(0, 300)}`)
    const action = new URL(found.action || page.url, page.url).href
    return this.post(action, { ...found.fields, ...fields }, { origin: new URL(page.url).origin })
  }

  /** Follows redirects until there is a page. */
  async follow(page: Page): Promise<Page> {
    let current = page
    for (let hops = 0; hops < 10 && current.status >= 300 && current.status < 400; hops++) {
      current = await this.get(new URL(current.location, current.url).href)
    }
    return current
  }

  cookies(url: string): Map<string, string> {
    const { hostname, port } = new URL(url)
    const key = `${hostname}:${port}`
    const jar = this.jars.get(key) ?? new Map<string, string>()
    this.jars.set(key, jar)
    return jar
  }

  private async request(url: string, init: RequestInit & { headers: Record<string, string> }): Promise<Page> {
    const jar = this.cookies(url)
    const cookie = [...jar].map(([name, value]) => `${name}=${value}`).join('; ')
    const response = await fetch(url, {
      ...init,
      redirect: 'manual',
      headers: {
        accept: 'text/html',
        'user-agent': this.agent,
        ...(cookie && { cookie }),
        ...this.always,
        ...init.headers,
      },
    })
    for (const line of response.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=;]+)=([^;]*)/.exec(line) ?? []
      if (value === '' || /max-age=0|expires=Thu, 01 Jan 1970/i.test(line)) jar.delete(name)
      else jar.set(name, value)
    }
    this.at = url
    return readPage(url, response)
  }

  /** Signs in from the portal and returns the page that the person lands on. */
  async signIn(bridge: string, name: string, password = name, path = '/'): Promise<Page> {
    const login = await this.follow(await this.get(`${bridge}${path}`))
    const answer = login.forms[0]?.fields.SAMLResponse
      ? login
      : await this.submit(login, { username: name, password })
    if (answer.forms[0]?.fields.SAMLResponse === undefined) return answer
    return this.follow(await this.submit(answer))
  }
}

export interface Page {
  readonly url: string
  readonly status: number
  readonly headers: Headers
  readonly location: string
  readonly text: string
  readonly forms: readonly { readonly action: string; readonly fields: Record<string, string> }[]
}

async function readPage(url: string, response: Response): Promise<Page> {
  const text = await response.text()
  const forms = [...text.matchAll(/<form\b([^>]*)>([\s\S]*?)<\/form>/gi)].map(
    ([, attributes = '', inside = '']) => ({
      action: attribute(attributes, 'action'),
      fields: Object.fromEntries(
        [...inside.matchAll(/<input\b([^>]*)>/gi)]
          .map(([, input = '']) => [attribute(input, 'name'), attribute(input, 'value')] as const)
          .filter(([name]) => name !== ''),
      ),
    }),
  )
  return {
    url,
    status: response.status,
    headers: response.headers,
    location: response.headers.get('location') ?? '',
    text,
    forms,
  }
}

function attribute(text: string, name: string): string {
  const value = new RegExp(`\\b${name}\\s*=\\s*("[^"]*"|'[^']*'|[^\\s>]+)`, 'i').exec(text)?.[1] ?? ''
  return decodeEntities(value.replace(/^["']|["']$/g, ''))
}

/** Turns the references of HTML back into characters. */
export function decodeEntities(text: string): string {
  return text
    .replace(/&#(x?)([0-9a-f]+);/gi, (_, hex: string, code: string) =>
      String.fromCodePoint(Number.parseInt(code, hex ? 16 : 10)),
    )
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&quot;', '"')
    .replaceAll('&amp;', '&')
}
