import { Refusal } from '../core/index.ts'

const hints: readonly (readonly [RegExp, string])[] = [
  [/ENOTFOUND|EAI_AGAIN/, 'the name cannot be resolved: check DNS and the endpoint in the configuration'],
  [/ECONNREFUSED/, 'nothing listens there: check the endpoint in the configuration'],
  [/EHOSTUNREACH|ENETUNREACH/, 'there is no route: check the network and its firewall'],
  [
    /CERT|SELF_SIGNED|UNABLE_TO|ERR_TLS|ERR_SSL/,
    'its certificate is not trusted: NODE_EXTRA_CA_CERTS adds yours',
  ],
  [/Timeout|ETIMEDOUT|AbortError/, 'no answer in time: check the network and its firewall'],
  [/ECONNRESET|EPIPE|UND_ERR_SOCKET/, 'the connection was cut: look for a proxy or a firewall in between'],
]

/** No usable answer from `host`: the network, TLS, a time limit, or something that is not AWS. */
export function unreachable(host: string, error: unknown): Refusal {
  const causes = chain(error)
  const names = causes.map(({ code, name }) => code ?? name)
  const hint = hints.find(([pattern]) => names.some((name) => pattern.test(name)))?.[1]
  const because = hint ?? 'the answer could not be read: something other than AWS may have answered'
  return new Refusal(
    'aws_unreachable',
    `no answer from ${host} (${[...new Set(names)].join(', ')}): ${because}`,
  )
}

/** The error and what it was caused by, names and codes only: messages may quote what was sent. */
function chain(error: unknown, depth = 0): { name: string; code?: string }[] {
  if (!(error instanceof Error) || depth > 4) return depth === 0 ? [{ name: typeof error }] : []
  const code = 'code' in error && typeof error.code === 'string' ? { code: error.code } : {}
  return [{ name: error.name, ...code }, ...chain(error.cause, depth + 1)]
}
