import { X509Certificate } from 'node:crypto'
import { StsFault } from '../fault.ts'
import type { SamlProvider } from '../state.ts'
import { childrenOf, everyElement, ns, parseXml } from './xml.ts'

/** What IAM keeps of an identity provider's metadata. */
export interface KnownProvider {
  readonly issuer: string
  /** PEM. IAM does not look at their dates, and neither do we. */
  readonly certificates: readonly string[]
}

const known = new WeakMap<SamlProvider, Promise<KnownProvider>>()

/** Reads the provider's metadata once. Throws `StsFault` when it cannot be loaded; the next call tries again. */
export async function knownProvider(provider: SamlProvider): Promise<KnownProvider> {
  let reading = known.get(provider)
  if (reading === undefined) {
    reading = readProvider(provider)
    known.set(provider, reading)
  }
  try {
    return await reading
  } catch (error) {
    known.delete(provider)
    const reason = (error as Error).message
    throw new StsFault('ServiceUnavailable', `The metadata of ${provider.arn} could not be read: ${reason}`)
  }
}

async function readProvider(provider: SamlProvider): Promise<KnownProvider> {
  const text = typeof provider.metadata === 'string' ? provider.metadata : await provider.metadata()
  const entity = parseXml(text.replace(/<!--[\s\S]*?-->/g, ''))
  const issuer = entity.attributes.get('entityID')
  if (entity.namespace !== ns.metadata || entity.name !== 'EntityDescriptor' || issuer === undefined) {
    throw new Error('it is no EntityDescriptor')
  }
  const keys = childrenOf(entity, ns.metadata, 'IDPSSODescriptor')
    .flatMap((descriptor) => childrenOf(descriptor, ns.metadata, 'KeyDescriptor'))
    .filter((key) => (key.attributes.get('use') ?? 'signing') === 'signing')
  const certificates = keys
    .flatMap((key) => [...everyElement(key)])
    .filter((element) => element.namespace === ns.signature && element.name === 'X509Certificate')
    .map((element) => new X509Certificate(Buffer.from(element.text, 'base64')).toString())
  if (certificates.length === 0) throw new Error('it names no signing certificate')
  return { issuer, certificates }
}
