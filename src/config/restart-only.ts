import { isDeepStrictEqual } from 'node:util'
import type { Finding } from './fault.ts'
import type { Options } from './options.ts'

type Served = Pick<Options, 'baseUrl' | 'listen' | 'store' | 'audit' | 'tls'>

/**
 * What the process opened once, or everybody else knows it by. `tls` may name other files, whose keys are taken into
 * use; whether the port speaks TLS at all is for its life.
 */
const fixed: { readonly [K in keyof Served]: (options: Partial<Served>) => unknown } = {
  baseUrl: ({ baseUrl }) => baseUrl,
  listen: ({ listen }) => listen,
  store: ({ store }) => store,
  audit: ({ audit }) => audit,
  tls: ({ tls }) => tls !== undefined,
}

/** Names what differs and cannot be exchanged while the process runs; parts that are faulty anyway say nothing here. */
export function needsRestart(next: Partial<Served>, running: Served): readonly Finding[] {
  return Object.entries(fixed).flatMap(([name, of]) => {
    if (!(name in next) || isDeepStrictEqual(of(next), of(running))) return []
    return [{ path: [name], message: `restart to change ${name}`, aboutKey: true }]
  })
}
