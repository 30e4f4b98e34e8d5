/** Where a PostgreSQL server is, and how the way to it is kept private. */
export interface PostgresServer {
  readonly host: string
  readonly port: number
  readonly user: string | undefined
  readonly password: string | undefined
  readonly database: string
  /** `false`: in the clear. Else the certificate must be valid for the host. */
  readonly ssl: false | { readonly rejectUnauthorized: true; readonly servername: string }
  /** File of the authority that the server's certificate is of. */
  readonly ca: string | undefined
}

const parameters = ['sslmode', 'sslrootcert', 'host']

/** Reads `postgres://user:password@host:5432/database`. Throws an `Error` with a sentence without the password. */
export function readPostgresUrl(text: string): PostgresServer {
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (!url || endsInPassword(url))
    throw new Error(
      'is no URL; write for example postgres://rolebridge:${DB_PASSWORD}@db.corp.example/rolebridge, and in a password / ? # % as %2F %3F %23 %25',
    )
  const unknown = [...url.searchParams.keys()].find((name) => !parameters.includes(name))
  if (unknown !== undefined)
    throw new Error(`has a parameter “${unknown}” that is not known here; known: ${parameters.join(', ')}`)
  const database = decodeURIComponent(url.pathname.slice(1))
  if (database === '' || database.includes('/')) throw new Error('names no database: postgres://…/DATABASE')
  const folder = url.searchParams.get('host')
  if (folder !== null && !folder.startsWith('/'))
    throw new Error('takes “host” for the folder of a socket only')
  const host = folder ?? url.hostname.replace(/^\[|\]$/g, '')
  if (host === '') throw new Error('names no host')
  const ca = url.searchParams.get('sslrootcert') ?? undefined
  return {
    ...{ host, database, ca },
    port: Number(url.port || 5432),
    user: url.username === '' ? undefined : decodeURIComponent(url.username),
    password: url.password === '' ? undefined : decodeURIComponent(url.password),
    ssl: isVerified(url.searchParams.get('sslmode'), host) && { rejectUnauthorized: true, servername: host },
  }
}

/** Whether a sign in the password, which is in no message, ended the host or is no escape. */
function endsInPassword({ username, password, pathname, search, hash }: URL): boolean {
  return (
    hash !== '' || /@/.test(pathname + search) || /%(?![0-9a-f]{2})/i.test(username + password + pathname)
  )
}

/** Nobody but this machine hears what goes over its loopback; everywhere else the certificate is looked at. */
function isVerified(mode: string | null, host: string): boolean {
  if (mode === 'verify-full') return true
  if (mode === 'disable') return false
  if (mode !== null)
    throw new Error(
      `has sslmode=${mode}, which does not look whom it talks to; take verify-full (with sslrootcert=FILE for an authority of your own), or disable`,
    )
  return !(host.startsWith('/') || /^(?:localhost|127(?:\.\d{1,3}){3}|::1)$/.test(host))
}
