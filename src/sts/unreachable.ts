import { Refusal } from '../core/index.ts'

const hints: readonly (readonly [RegExp, string])[] = [
  [/PROXY_LOGIN/, 'the proxy for outgoing calls wants another user or password (407): check outgoing.proxy'],
  [/PROXY_REFUSED/, 'the proxy for outgoing calls gives no tunnel there: have it allow CONNECT to this host'],
  [
    /PROXY_UNREACHABLE|PROXY_TIMEOUT/,
    'the proxy for outgoing calls does not answer: check outgoing.proxy, or HTTPS_PROXY in the environment',
  ],
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

/** An answer that is a document of another kind than STS’s: a proxy’s page, a portal of a hotel. */
export function foreignAnswer(status: number, contentType: string): Error {
  const type = /^[\w.+-]+\/[\w.+-]+/.exec(contentType)?.[0] ?? 'of an unknown type'
  return Object.assign(new Error(`answered ${status} with a document ${type}`), { name: 'ForeignAnswer' })
}

/** No usable answer from `host`: the network, TLS, a time limit, or something that is not AWS. */
export function unreachable(host: string, error: unknown): Refusal {
  if (error instanceof Error && error.name === 'ForeignAnswer') {
    const detail =
      `${host} ${error.message}, and STS answers in XML: something else stands in its place, such as a proxy with a ` +
      'page of its own. Check the route to AWS and aws.stsEndpoint'
    return new Refusal('aws_unreachable', detail, {
      say: 'Something that is not AWS answered in its place. Please tell your administrator.',
    })
  }
  const causes = chain(error)
  const names = causes.map(({ code, name }) => code ?? name)
  const hint = hints.find(([pattern]) => names.some((name) => pattern.test(name)))?.[1]
  const status = statusOf(error)
  const because =
    hint ??
    `the answer${status} could not be read: it is none of AWS’s, so a proxy or something else stands in its place`
  return new Refusal(
    'aws_unreachable',
    `no answer from ${host} (${[...new Set(names)].join(', ')}): ${because}`,
  )
}

function statusOf(error: unknown): string {
  if (!(error instanceof Error) || !('$metadata' in error)) return ''
  const { httpStatusCode } = error.$metadata as { httpStatusCode?: number }
  return httpStatusCode === undefined ? '' : ` (${httpStatusCode})`
}

/** The error and what it was caused by, names and codes only: messages may quote what was sent. */
function chain(error: unknown, depth = 0): { name: string; code?: string }[] {
  if (!(error instanceof Error) || depth > 4) return depth === 0 ? [{ name: typeof error }] : []
  const code = 'code' in error && typeof error.code === 'string' ? { code: error.code } : {}
  return [{ name: error.name, ...code }, ...chain(error.cause, depth + 1)]
}
