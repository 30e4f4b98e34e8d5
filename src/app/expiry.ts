import { X509Certificate } from 'node:crypto'
import type { Config } from '../config.ts'
import type { Clock } from '../core/index.ts'
import type { Events } from '../events/index.ts'
import type { ServiceProvider } from '../saml/index.ts'

const day = 86_400_000
/** Long enough to plan a rollover with the people on the other side. */
const notice = 30 * day

/**
 * Warns daily, in log, metrics and audit trail, of certificates that end within thirty days: ours and those of the
 * identity providers. Returns what stops it.
 */
export function watchExpiry(config: Config, saml: ServiceProvider, events: Events, clock: Clock): () => void {
  const look = () => {
    for (const message of expiring(config, saml, clock()))
      void events.emit({ type: 'warning', message }).catch(() => {})
  }
  look()
  const timer = setInterval(look, day)
  timer.unref()
  return () => clearInterval(timer)
}

function expiring({ keys }: Config, saml: ServiceProvider, now: number): string[] {
  const own = [
    ['saml.signingCert', keys.saml?.cert],
    ['aws.signingCert', keys.aws?.cert],
    ['tls.cert', keys.tls?.cert],
    ...keys.decryption.map(({ cert }, index) => [`saml.decryptionKeys[${index}]`, cert] as const),
  ].flatMap(([name, cert]) =>
    cert
      ? [{ name: `the certificate of ${name}`, notAfter: Date.parse(new X509Certificate(cert).validTo) }]
      : [],
  )
  const theirs = saml.certificates().map(({ provider, subject, notAfter }) => ({
    name: `the signing certificate ${subject} of ${provider}`,
    notAfter,
  }))
  return [...own, ...theirs]
    .filter(({ notAfter }) => notAfter - now < notice)
    .map(({ name, notAfter }) => sayExpiry(name, notAfter, now))
}

function sayExpiry(name: string, notAfter: number, now: number): string {
  const date = new Date(notAfter).toISOString().slice(0, 10)
  const days = Math.ceil((notAfter - now) / day)
  return days <= 0 ? `${name} expired on ${date}` : `${name} expires on ${date}, in ${days} days`
}
