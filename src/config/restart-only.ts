import { isDeepStrictEqual } from 'node:util'
import type { Finding } from './fault.ts'
import type { Options } from './options.ts'

type Served = Pick<
  Options,
  'baseUrl' | 'listen' | 'store' | 'audit' | 'history' | 'node' | 'delivery' | 'tls'
>

/**
 * What the process opened once, or everybody else knows it by. `tls` may name other files, whose keys are taken into
 * use; whether the port speaks TLS at all is for its life.
 */
const fixed: { readonly [K in keyof Served]-?: (options: Partial<Served>) => unknown } = {
  baseUrl: ({ baseUrl }) => baseUrl,
  listen: ({ listen }) => listen,
  store: ({ store }) => store,
  // Where the webhook leads and how it is signed may change: its queue stays.
  audit: ({ audit }) => audit && { ...audit, webhook: audit.webhook && { required: audit.webhook.required } },
  history: ({ history }) => history,
  node: ({ node }) => node,
  // Where it lies beside the store, that is told of the store.
  delivery: ({ delivery, store }) =>
    delivery && {
      ...delivery,
      folder: `embedded:${delivery.folder}` === `${store}/delivery` || delivery.folder,
    },
  tls: ({ tls }) => tls !== undefined,
}

/** Names what differs and cannot be exchanged while the process runs; parts that are faulty anyway say nothing here. */
export function needsRestart(next: Partial<Served>, running: Served): readonly Finding[] {
  const differs = (name: keyof Served) =>
    name in next && !isDeepStrictEqual(fixed[name](next), fixed[name](running))
  return (Object.keys(fixed) as (keyof Served)[]).flatMap((name) => {
    // Where nothing is said of the history it lies beside the audit file, and moves with that.
    if (!differs(name) || (name === 'history' && differs('audit'))) return []
    return [{ path: [name], message: `restart to change ${name}`, aboutKey: true }]
  })
}
