/**
 * PostgreSQL. Owns: how its URL is read, the way to a server, connections that come and go. Does not own: any table.
 */
import type { ConnectionOptions, PostgresConnections } from './connections.ts'
import type { PostgresServer } from './url.ts'

export type { ConnectionOptions } from './connections.ts'
export { readPostgresUrl } from './url.ts'

/** A bounded pool of connections to a server; none is opened before the first question. The client is loaded here. */
export async function connectPostgres(
  server: PostgresServer,
  options: ConnectionOptions,
): Promise<PostgresConnections> {
  return (await import('./connections.ts')).connections(server, options)
}

/** Why a server could not be used, in words without the login. */
export function postgresFault(error: unknown): string {
  const all = error instanceof AggregateError ? error.errors : [error]
  return all
    .map((one) =>
      one instanceof Error ? one.message || String((one as { code?: string }).code) : String(one),
    )
    .join('; ')
}
