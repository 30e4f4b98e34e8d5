import { type Config, type Expiring, expiryWarnings, ownCertificates } from '../config.ts'
import type { Clock } from '../core/index.ts'
import type { Events } from '../events/index.ts'
import type { ServiceProvider } from '../saml/index.ts'

const day = 86_400_000

/** Our own certificates and those of the identity providers, as far as their metadata is here. */
export function certificatesOf({ keys }: Config, saml: ServiceProvider): readonly Expiring[] {
  const theirs = saml.certificates().map(({ provider, subject, notAfter }) => ({
    name: `the signing certificate ${subject} of ${provider}`,
    notAfter,
  }))
  return [...ownCertificates(keys), ...theirs]
}

/**
 * Warns daily, in log, metrics and audit trail, of certificates that end within thirty days: ours and those of the
 * identity providers. Returns what stops it.
 */
export function watchExpiry(config: Config, saml: ServiceProvider, events: Events, clock: Clock): () => void {
  const look = () => {
    for (const message of expiryWarnings(certificatesOf(config, saml), clock())) {
      void events.emit({ type: 'warning', message }).catch(() => {})
    }
  }
  look()
  const timer = setInterval(look, day)
  timer.unref()
  return () => clearInterval(timer)
}
