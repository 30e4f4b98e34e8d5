import { createPrivateKey, createPublicKey, randomBytes, verify, X509Certificate } from 'node:crypto'
import { readFileSync } from 'node:fs'
import type { RequestListener } from 'node:http'
import { join } from 'node:path'
import { inflateRawSync } from 'node:zlib'
import type { KeyPair } from '../../src/demo/index.ts'
import { type Keys, sign } from '../saml/kit.ts'

/** An identity provider that sends what one kind sends: its envelope is that of test/saml/idps. */
export interface Shaped {
  readonly kind: 'adfs' | 'okta' | 'entra'
  readonly entityId: string
  readonly keys: KeyPair
  readonly metadataPath: string
  readonly metadata: string
  readonly signOnPath: string
  /** The service provider as its administrator entered it. */
  readonly audience: string
  readonly acs: string
  /** Requests must be signed by this certificate, PEM. */
  readonly requestCert?: string
  readonly signs: readonly ('Assertion' | 'Response')[]
  readonly nameId: { readonly format: string; readonly value: string }
  readonly context?: string
  readonly attributes: ReadonlyMap<string, readonly string[]>
  readonly clock: () => number
}

export function keysOf({ key, cert }: KeyPair): Keys {
  return {
    privateKey: createPrivateKey(key),
    publicKey: createPublicKey(new X509Certificate(cert).publicKey.export({ type: 'spki', format: 'pem' })),
  }
}

/** Answers at its metadata and, once it knows the request's signature, at its sign-on address; asks for no password. */
export function createShaped(shaped: Shaped): RequestListener {
  return (request, response) => {
    const { pathname, search, searchParams } = new URL(request.url ?? '', 'http://localhost')
    if (pathname === shaped.metadataPath) {
      response.setHeader('content-type', 'application/samlmetadata+xml')
      return void response.end(shaped.metadata)
    }
    try {
      if (pathname !== shaped.signOnPath) throw new Error(`nothing at ${pathname}`)
      if (shaped.requestCert !== undefined) refuseUnsigned(search, shaped.requestCert)
      const asked = inflateRawSync(Buffer.from(searchParams.get('SAMLRequest') ?? '', 'base64')).toString()
      const value = (pattern: RegExp) => pattern.exec(asked)?.[1] ?? ''
      const issuer = value(/Issuer[^>]*>([^<]*)</)
      if (issuer !== shaped.audience) throw new Error(`MSIS7012: ${issuer} is no relying party here`)
      const answer = Buffer.from(responseXml(shaped, value(/\bID="([^"]*)"/))).toString('base64')
      const relayState = searchParams.get('RelayState') ?? ''
      response.setHeader('content-type', 'text/html')
      response.end(
        `<form method="post" action="${shaped.acs}"><input name="SAMLResponse" value="${answer}">` +
          `<input name="RelayState" value="${relayState}"></form>`,
      )
    } catch (error) {
      response.statusCode = 400
      response.end(String(error))
    }
  }
}

/** SAML Bindings §3.4.4.1: the signature is over the parameters as they stand in the address. */
function refuseUnsigned(search: string, cert: string): void {
  const raw = new Map(
    search
      .slice(1)
      .split('&')
      .map((pair) => [pair.replace(/=.*/s, ''), pair] as const),
  )
  const signed = ['SAMLRequest', 'RelayState', 'SigAlg'].flatMap((name) => raw.get(name) ?? []).join('&')
  const signature = decodeURIComponent((raw.get('Signature') ?? '').replace('Signature=', ''))
  if (
    !verify(
      'sha256',
      Buffer.from(signed),
      new X509Certificate(cert).publicKey,
      Buffer.from(signature, 'base64'),
    )
  )
    throw new Error('the request is not signed by the certificate that was uploaded')
}

function responseXml(shaped: Shaped, request: string): string {
  const { kind, entityId, acs, audience, clock, nameId, context } = shaped
  const names: Record<string, string> = { acs, sp: audience, idp: entityId }
  const at = (seconds: number) => new Date(clock() + seconds * 1000).toISOString()
  const file = join(import.meta.dirname, '..', 'saml', 'idps', `${kind}.xml`)
  let xml = readFileSync(file, 'utf8')
    .trim()
    .replace(/\{\{([^}]+)\}\}/g, (_, name: string) => names[name] ?? at(Number(name)))
    .replaceAll('_request', request)
    .replace(/ ID="[^"]*"/g, () => ` ID="_${randomBytes(16).toString('hex')}"`)
    .replace(/(NameID Format=")[^"]*(">)[^<]*/, (_, a, b) => a + nameId.format + b + escaped(nameId.value))
    .replace(
      /(AttributeStatement[^>]*>).*(<\/(?:saml2:)?AttributeStatement>)/s,
      (_, a, b) => a + statement(shaped) + b,
    )
  if (context !== undefined) xml = xml.replace(/(AuthnContextClassRef>)[^<]+/, `$1${context}`)
  for (const local of [...shaped.signs].sort())
    xml = sign(xml, local, { keys: keysOf(shaped.keys), inclusive: kind === 'okta' ? ['xs'] : [] })
  return xml
}

/** One element for each attribute, as all three send them. */
function statement({ kind, attributes }: Shaped): string {
  const [prefix, format, type] =
    kind === 'okta'
      ? [
          'saml2:',
          ' NameFormat="urn:oasis:names:tc:SAML:2.0:attrname-format:unspecified"',
          ' xmlns:xs="http://www.w3.org/2001/XMLSchema" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:type="xs:string"',
        ]
      : ['', '', '']
  return [...attributes]
    .map(
      ([name, values]) =>
        `<${prefix}Attribute Name="${name}"${format}>${values
          .map((value) => `<${prefix}AttributeValue${type}>${escaped(value)}</${prefix}AttributeValue>`)
          .join('')}</${prefix}Attribute>`,
    )
    .join('')
}

const escaped = (value: string) => value.replaceAll('&', '&amp;').replaceAll('<', '&lt;')

/** The certificate's base64 alone, as metadata holds it. */
export const bare = (cert: string) => cert.replace(/-----[A-Z ]+-----|\s/g, '')
