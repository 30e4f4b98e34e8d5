import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { freePort } from '../free-port.ts'
import { until } from './until.ts'

/** A Keycloak with one realm, `corp`, and what an administrator does there. */
export interface Keycloak {
  readonly url: string
  readonly realm: string
  /** Clients → Import client: what Keycloak takes from the metadata of a service provider. */
  readMetadata(xml: string): Promise<ClientRepresentation>
  createClient(client: ClientRepresentation): Promise<void>
  /** Changes attributes of the client: signing and encryption keys, the tile, the metadata address. */
  setAttributes(clientId: string, attributes: Readonly<Record<string, string>>): Promise<void>
  /** Realm settings → Keys → Clear keys cache: makes it read metadata again, as it does when `cacheDuration` is over. */
  forgetKeys(): Promise<void>
  /** The administration API: `path` is below its realms. */
  ask(method: string, path: string, body?: object | string): Promise<unknown>
  close(): Promise<void>
}

export interface ClientRepresentation {
  readonly id?: string
  readonly clientId: string
  readonly protocol?: string
  readonly secret?: string
  readonly publicClient?: boolean
  readonly redirectUris?: readonly string[]
  readonly attributes: Readonly<Record<string, string>>
  readonly protocolMappers?: readonly object[]
  readonly fullScopeAllowed?: boolean
}

const program = process.env.KEYCLOAK

/** The reason to skip a test, or false. */
export const noKeycloak =
  program === undefined && 'Keycloak is not there: it needs Java 17 or newer, and Maven to fetch it'

const admin = { username: 'admin', password: 'admin' }

/** The realm of the tests: alice is in a group that names a role. */
const corp = {
  realm: 'corp',
  enabled: true,
  sslRequired: 'none',
  groups: [{ name: 'aws-111122223333-Admin' }],
  users: [
    {
      username: 'alice',
      enabled: true,
      email: 'alice@corp.example',
      emailVerified: true,
      firstName: 'Alice',
      lastName: 'Archer',
      credentials: [{ type: 'password', value: 'alice' }],
      groups: ['/aws-111122223333-Admin'],
    },
  ],
}

/** Starts the program, in memory alone and on loopback alone, and makes the realm. */
export async function startKeycloak(): Promise<Keycloak> {
  const port = await freePort()
  const url = `http://localhost:${port}`
  const child = spawn(
    'bash',
    [
      program ?? '',
      ...['start', '--optimized', '--cache=local', '--hostname-strict=false', '--http-enabled=true'],
      ...['--http-host=127.0.0.1', `--http-port=${port}`, '--log-level=error'],
    ],
    {
      stdio: 'ignore',
      env: {
        PATH: process.env.PATH,
        HOME: process.env.HOME,
        ...(process.env.JAVA_HOME && { JAVA_HOME: process.env.JAVA_HOME }),
        JAVA_OPTS_KC_HEAP: '-Xms64m -Xmx512m -XX:MaxMetaspaceSize=256m',
        KC_BOOTSTRAP_ADMIN_USERNAME: admin.username,
        KC_BOOTSTRAP_ADMIN_PASSWORD: admin.password,
      },
    },
  )
  try {
    await until(async () => {
      if (child.exitCode !== null) throw new Error(`Keycloak ended with ${child.exitCode}`)
      return (await fetch(`${url}/realms/master`)).ok
    }, 240)
    const ask = administrator(url)
    await ask('POST', '', corp)
    return { ...clientsOf(ask), ask, url, realm: `${url}/realms/corp`, close: () => end(child) }
  } catch (error) {
    await end(child)
    throw error
  }
}

type Ask = Keycloak['ask']

/** The admin API; its tokens last a minute, so each question brings its own. */
function administrator(url: string): Ask {
  const token = async () => {
    const body = new URLSearchParams({ grant_type: 'password', client_id: 'admin-cli', ...admin })
    const answer = await fetch(`${url}/realms/master/protocol/openid-connect/token`, { method: 'POST', body })
    return ((await answer.json()) as { access_token: string }).access_token
  }
  return async (method, path, body) => {
    const type = typeof body === 'string' ? 'application/xml' : 'application/json'
    const response = await fetch(`${url}/admin/realms${path}`, {
      method,
      headers: { authorization: `Bearer ${await token()}`, 'content-type': type },
      ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    })
    const text = await response.text()
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text.slice(0, 300)}`)
    return text === '' ? undefined : JSON.parse(text)
  }
}

function clientsOf(
  ask: Ask,
): Pick<Keycloak, 'readMetadata' | 'createClient' | 'setAttributes' | 'forgetKeys'> {
  return {
    readMetadata: async (xml) =>
      (await ask('POST', '/corp/client-description-converter', xml)) as ClientRepresentation,
    forgetKeys: async () => void (await ask('POST', '/corp/clear-keys-cache')),
    createClient: async (client) => void (await ask('POST', '/corp/clients', client)),
    setAttributes: async (clientId, attributes) => {
      const found = await ask('GET', `/corp/clients?clientId=${encodeURIComponent(clientId)}`)
      const [client] = found as ClientRepresentation[]
      if (client === undefined) throw new Error(`no client ${clientId}`)
      await ask('PUT', `/corp/clients/${client.id}`, {
        ...client,
        attributes: { ...client.attributes, ...attributes },
      })
    },
  }
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const ended = once(child, 'exit')
  child.kill('SIGTERM')
  const harder = setTimeout(() => child.kill('SIGKILL'), 20_000)
  await ended
  clearTimeout(harder)
}
