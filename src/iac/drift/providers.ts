import type { Finding } from './finding.ts'
import type { Held } from './held.ts'

/** What metadata says of whoever signs. */
export interface Signer {
  readonly entityId: string
  /** The one that signs first. */
  readonly certificates: readonly { readonly fingerprint: string; readonly subject: string }[]
  /** Epoch milliseconds. */
  readonly validUntil?: number
}

export interface ProviderAsk {
  /** ARNs of the SAML providers that roles are to trust. */
  readonly wanted: ReadonlySet<string>
  /** Of the metadata that belongs there; undefined: it is not known here. */
  readonly ours?: Signer | undefined
  /** Reads metadata; throws an error that says why it cannot. */
  readonly read: (xml: string) => Signer
  /** Epoch milliseconds. */
  readonly now: number
}

const soon = 30 * 86_400_000

/** What is wrong with the SAML providers in IAM. */
export function providerFindings(held: Held, { wanted, ours, read, now }: ProviderAsk): readonly Finding[] {
  const found: Finding[] = []
  const tell = (code: Finding['code'], account: string, provider: string, say: string) =>
    found.push({ code, account, about: provider, say })
  for (const arn of [...wanted].sort()) {
    const account = arn.split(':')[4] ?? ''
    const own = held.samlProviders.get(account)
    if (own === undefined) continue
    if (!own.has(arn)) tell('provider-missing', account, arn, 'is not in IAM, and roles trust it')
    const ends = own.get(arn)
    if (ends !== undefined && ends < now + soon)
      tell(
        'provider-ends',
        account,
        arn,
        `${ends <= now ? 'has ended' : 'ends'} on ${day(ends)}: load new metadata`,
      )
  }
  for (const { file, account, xml } of held.metadata) {
    const provider = [...wanted].find((arn) => arn.split(':')[4] === account) ?? file
    let signer: Signer
    try {
      signer = read(xml)
    } catch (error) {
      tell(
        'provider-unreadable',
        account,
        provider,
        `holds metadata that cannot be read: ${(error as Error).message}`,
      )
      continue
    }
    // Another provider's metadata, of no concern to the rules.
    if (ours === undefined || signer.entityId !== ours.entityId) continue
    if (signer.validUntil !== undefined && signer.validUntil < now + soon)
      tell(
        'provider-ends',
        account,
        provider,
        `has metadata until ${day(signer.validUntil)}: load a newer one`,
      )
    const [first, ...others] = ours.certificates
    const holds = (one: { fingerprint: string }) =>
      signer.certificates.some(({ fingerprint }) => fingerprint === one.fingerprint)
    if (first && !holds(first))
      tell(
        'provider-other-key',
        account,
        provider,
        `does not hold the certificate that signs now (${short(first)}): STS refuses`,
      )
    for (const one of others.filter((other) => !holds(other)))
      tell(
        'provider-other-key',
        account,
        provider,
        `does not hold the certificate ${short(one)}, which is announced beside`,
      )
    for (const one of signer.certificates)
      if (!ours.certificates.some(({ fingerprint }) => fingerprint === one.fingerprint))
        tell(
          'provider-old-key',
          account,
          provider,
          `still holds the certificate ${short(one)}, which signs nothing any more`,
        )
  }
  return found
}

const day = (time: number) =>
  Number.isNaN(time) ? 'an unreadable day' : new Date(time).toISOString().slice(0, 10)
const short = ({ fingerprint, subject }: { fingerprint: string; subject: string }) =>
  `${subject}, ${fingerprint.slice(0, 23)}…`
