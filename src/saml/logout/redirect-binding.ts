import { sign, verify } from 'node:crypto'
import { deflateRawSync, inflateRawSync } from 'node:zlib'
import { Refusal } from '../../core/index.ts'
import { signatureAlgorithm, strictBase64, type Trust } from '../judge/signature.ts'

const rsaSha256 = 'http://www.w3.org/2001/04/xmldsig-more#rsa-sha256'

/** A message of the HTTP Redirect binding (SAML Bindings §3.4), not yet verified. */
export interface RedirectMessage {
  readonly kind: 'SAMLRequest' | 'SAMLResponse'
  readonly xml: Buffer
  readonly relayState: string | undefined
  /** The octets that the signature covers, exactly as they came. */
  readonly signed: string
  readonly algorithm: string | undefined
  readonly signature: Buffer | undefined
}

/**
 * Takes a query string apart without decoding what is signed. Fields that come twice are refused: two readers could
 * choose differently. Throws `Refusal('malformed_message')`.
 * @param query without the question mark, as it came
 */
export function readRedirect(query: string, maxBytes: number): RedirectMessage {
  const fields = new Map<string, string>()
  for (const part of query.split('&')) {
    const at = part.indexOf('=')
    const name = at < 0 ? part : part.slice(0, at)
    if (fields.has(name)) throw malformed(`the field ${name.slice(0, 40)} comes twice`)
    fields.set(name, at < 0 ? '' : part.slice(at + 1))
  }
  const kinds = (['SAMLRequest', 'SAMLResponse'] as const).filter((name) => fields.has(name))
  const [kind] = kinds
  if (kind === undefined || kinds.length > 1) throw malformed('expected one SAMLRequest or SAMLResponse')
  const encoding = fields.get('SAMLEncoding')
  if (
    encoding !== undefined &&
    decode(encoding) !== 'urn:oasis:names:tc:SAML:2.0:bindings:URL-Encoding:DEFLATE'
  ) {
    throw malformed('an unknown SAMLEncoding')
  }
  const relayState = fields.get('RelayState')
  const algorithm = fields.get('SigAlg')
  const signature = fields.get('Signature')
  const covered = [kind, 'RelayState', 'SigAlg'].filter((name) => fields.has(name))
  return {
    kind,
    xml: inflate(strictBase64(decode(fields.get(kind) ?? '')), maxBytes),
    relayState: relayState === undefined ? undefined : decode(relayState),
    signed: covered.map((name) => `${name}=${fields.get(name)}`).join('&'),
    algorithm: algorithm === undefined ? undefined : decode(algorithm),
    signature: signature === undefined ? undefined : strictBase64(decode(signature)),
  }
}

/** The message is signed by one of the keys; throws `signature_missing`, `signature_algorithm`, `signature_invalid`. */
export function verifyRedirect({ signed, algorithm, signature }: RedirectMessage, trust: Trust): void {
  if (algorithm === undefined || signature === undefined || signature.length === 0) {
    throw new Refusal('signature_missing', 'the query string is not signed')
  }
  const { hash, key: type } = signatureAlgorithm(algorithm)
  if (hash === 'sha1' && !trust.allowSha1) throw new Refusal('signature_algorithm', 'SHA-1 in SigAlg')
  const octets = Buffer.from(signed, 'utf8')
  const valid = trust.keys.some(
    (key) =>
      key.asymmetricKeyType === type &&
      verify(hash, octets, type === 'ec' ? { key, dsaEncoding: 'ieee-p1363' } : key, signature),
  )
  if (!valid) throw new Refusal('signature_invalid', 'no pinned certificate verifies the query string')
}

/** A signed link that carries a message of ours. `key` is a PEM. */
export function redirectUrl(
  location: string,
  kind: RedirectMessage['kind'],
  xml: string,
  relayState: string | undefined,
  key: string,
): string {
  const message = `${kind}=${encodeURIComponent(deflateRawSync(xml).toString('base64'))}`
  const relay = relayState === undefined ? '' : `&RelayState=${encodeURIComponent(relayState)}`
  const octets = `${message}${relay}&SigAlg=${encodeURIComponent(rsaSha256)}`
  const signature = sign('sha256', Buffer.from(octets, 'utf8'), key).toString('base64')
  return `${location}${location.includes('?') ? '&' : '?'}${octets}&Signature=${encodeURIComponent(signature)}`
}

function inflate(deflated: Buffer | undefined, maxBytes: number): Buffer {
  if (deflated === undefined || deflated.length === 0) throw malformed('the message is no base64')
  try {
    return inflateRawSync(deflated, { maxOutputLength: maxBytes })
  } catch {
    throw malformed(`the message does not inflate to at most ${maxBytes} bytes`)
  }
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', '%20'))
  } catch {
    throw malformed('the query string is not percent-encoded UTF-8')
  }
}

function malformed(detail: string): Refusal {
  return new Refusal('malformed_message', detail)
}
