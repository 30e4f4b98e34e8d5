import { X509Certificate } from 'node:crypto'
import { formatPath, type Path } from './fault.ts'
import type { Keys } from './files/files.ts'

const day = 86_400_000
/** Long enough to plan a rollover with the people on the other side. */
const notice = 30 * day

/** A certificate by the name that people know it under. `notAfter` is epoch milliseconds. */
export interface Expiring {
  readonly name: string
  readonly notAfter: number
}

/** Our own certificates, by the keys of the configuration. */
export function ownCertificates({
  saml,
  aws,
  tls,
  decryption,
}: Keys): (Expiring & { readonly path: Path })[] {
  const named: [Path, string | undefined][] = [
    [['saml', 'signingCert'], saml?.cert],
    [['aws', 'signingCert'], aws?.cert],
    [['tls', 'cert'], tls?.cert],
    ...decryption.map(({ cert }, index): [Path, string] => [['saml', 'decryptionKeys', index], cert]),
  ]
  return named.flatMap(([path, cert]) =>
    cert === undefined
      ? []
      : [
          {
            path,
            name: `the certificate of ${formatPath(path)}`,
            notAfter: Date.parse(new X509Certificate(cert).validTo),
          },
        ],
  )
}

/** A sentence for each certificate that ends within thirty days of `now` (epoch milliseconds), or has ended. */
export function expiryWarnings(certificates: readonly Expiring[], now: number): string[] {
  return certificates
    .filter(({ notAfter }) => notAfter - now < notice)
    .map(({ name, notAfter }) => {
      const date = new Date(notAfter).toISOString().slice(0, 10)
      const days = Math.ceil((notAfter - now) / day)
      return days <= 0 ? `${name} expired on ${date}` : `${name} expires on ${date}, in ${days} days`
    })
}
