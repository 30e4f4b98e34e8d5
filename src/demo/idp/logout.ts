import { randomBytes } from 'node:crypto'
import { inflateRawSync } from 'node:zlib'
import * as samlify from 'samlify'
import { escapeMarkup } from '../html.ts'
import type { DemoIdpOptions } from './options.ts'
import { emailFormat, entityIdOf, idpMetadata, resolveServiceProvider } from './peers.ts'
import type { SignIn } from './response.ts'

const redirectBinding = 'urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect'
const rsaSha256 = 'http://www.w3.org/2001/04/xmldsig-more#rsa-sha256'

/** What reached `/slo`: the service provider's request, or its answer to ours. Nothing is decided by trusting it. */
export type LogoutArrival = { readonly kind: 'request'; readonly id: string } | { readonly kind: 'response' }

/** Reads a logout message of the redirect binding; throws a plain sentence when there is none. */
export function readLogout(query: Record<string, unknown>): LogoutArrival {
  if (typeof query.SAMLResponse === 'string') return { kind: 'response' }
  if (typeof query.SAMLRequest !== 'string') throw new Error('There is no logout message here.')
  const xml = inflateRawSync(Buffer.from(query.SAMLRequest, 'base64'), { maxOutputLength: 100_000 }).toString(
    'utf8',
  )
  const { request } = samlify.Extractor.extract(xml, [
    { key: 'request', localPath: ['LogoutRequest'], attributes: ['ID'] },
  ])
  // With one attribute asked for, samlify answers with its value alone.
  const id = typeof request === 'string' ? request : (request as { id?: string } | undefined)?.id
  if (id === undefined) throw new Error('The logout request has no ID.')
  return { kind: 'request', id }
}

/** A signed link that tells the service provider that the person left (SAML Core §3.7.1). */
export async function logoutRequestUrl(
  options: DemoIdpOptions,
  { person, sessionIndex }: SignIn,
): Promise<string> {
  const { idp, sp, sloUrl } = await parties(options)
  const id = `_${randomBytes(20).toString('hex')}`
  const context =
    `${head(options, 'LogoutRequest', id, sloUrl)}<saml:NameID Format="${emailFormat}">${escapeMarkup(person.email)}</saml:NameID>` +
    `<samlp:SessionIndex>${escapeMarkup(sessionIndex)}</samlp:SessionIndex></samlp:LogoutRequest>`
  return idp.createLogoutRequest(sp, 'redirect', {}, { customTagReplacement: () => ({ id, context }) })
    .context
}

/** A signed link that answers the service provider's logout request (SAML Core §3.7.2). */
export async function logoutResponseUrl(options: DemoIdpOptions, inResponseTo: string): Promise<string> {
  const { idp, sp, sloUrl } = await parties(options)
  const id = `_${randomBytes(20).toString('hex')}`
  const context =
    `${head(options, 'LogoutResponse', id, sloUrl, ` InResponseTo="${escapeMarkup(inResponseTo)}"`)}<samlp:Status>` +
    '<samlp:StatusCode Value="urn:oasis:names:tc:SAML:2.0:status:Success"/></samlp:Status></samlp:LogoutResponse>'
  const made = idp.createLogoutResponse(sp, { extract: {} }, 'redirect', {
    customTagReplacement: () => ({ id, context }),
  })
  return made.context
}

function head(options: DemoIdpOptions, name: string, id: string, destination: string, more = ''): string {
  return (
    `<samlp:${name} xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol" xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion" ` +
    `ID="${id}" Version="2.0" IssueInstant="${new Date(options.clock()).toISOString()}" Destination="${escapeMarkup(destination)}"${more}>` +
    `<saml:Issuer>${escapeMarkup(entityIdOf(options.baseUrl))}</saml:Issuer>`
  )
}

/** The bridge's single logout address is the neighbour of its assertion consumer service. */
async function parties(options: DemoIdpOptions) {
  const { entityId, acsUrl } = await resolveServiceProvider(options.sp)
  const sloUrl = new URL('slo', acsUrl).href
  const idp = samlify.IdentityProvider({
    metadata: idpMetadata(options),
    privateKey: options.key,
    requestSignatureAlgorithm: rsaSha256,
  })
  const sp = samlify.ServiceProvider({
    entityID: entityId,
    assertionConsumerService: [
      { Binding: 'urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST', Location: acsUrl },
    ],
    singleLogoutService: [{ Binding: redirectBinding, Location: sloUrl }],
    wantLogoutRequestSigned: true,
    wantLogoutResponseSigned: true,
  })
  return { idp, sp, sloUrl }
}
