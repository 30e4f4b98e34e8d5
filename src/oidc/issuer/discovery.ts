import { z } from 'zod'
import { parseStrictObject } from './strict-json.ts'

const address = z
  .string()
  .max(2048)
  .refine((text) => URL.canParse(text), 'is no URL')
const names = z.array(z.string().max(256)).max(200)

/** What we read of a discovery document (OpenID Connect Discovery §3, RFC 8414 §2); there is more, and it is nobody’s business. */
const document = z.object({
  issuer: z.string(),
  jwks_uri: address,
  authorization_endpoint: address.optional(),
  token_endpoint: address.optional(),
  userinfo_endpoint: address.optional(),
  end_session_endpoint: address.optional(),
  token_endpoint_auth_methods_supported: names.optional(),
  id_token_signing_alg_values_supported: names.optional(),
  authorization_response_iss_parameter_supported: z.boolean().optional(),
  claims_parameter_supported: z.boolean().optional(),
})
export type Discovery = z.output<typeof document>

/** Where an issuer's discovery document lies (OpenID Connect Discovery §4). */
export function discoveryAddress(issuer: string): string {
  return `${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`
}

/** Browsers are sent to some of these addresses, and secrets to others: https all of them, as far as the issuer is. */
function withSafePlaces(data: Discovery): Discovery {
  const own = new URL(data.issuer)
  for (const [name, value] of Object.entries(data)) {
    if (typeof value !== 'string' || name === 'issuer') continue
    const { protocol, hostname } = new URL(value)
    if (
      protocol === 'https:' ||
      (protocol === 'http:' && own.protocol === 'http:' && hostname === own.hostname)
    )
      continue
    throw new Error(`the discovery document’s ${name} is ${value.slice(0, 300)}, which is not https`)
  }
  return data
}

/**
 * Reads a discovery document. It must call itself what the configuration calls it, letter by letter (OpenID Connect
 * Discovery §4.3): otherwise one issuer could pass for another. Throws an `Error` with cause and cure.
 */
export function readDiscovery(text: string, issuer: string): Discovery {
  const value = parseStrictObject(text)
  if (value === undefined) throw new Error('the discovery document is no JSON object, or names a key twice')
  const { success, data, error } = document.safeParse(value)
  if (!success) {
    const [first] = error.issues
    throw new Error(`the discovery document’s ${first?.path.join('.')}: ${first?.message}`)
  }
  if (data.issuer === issuer) return withSafePlaces(data)
  const cure = data.issuer.includes('{')
    ? 'it stands for every tenant: configure the issuer of your own tenant (Entra: https://login.microsoftonline.com/TENANT-ID/v2.0)'
    : `if that is right, configure issuer: ${data.issuer.slice(0, 300)}`
  throw new Error(
    `the discovery document is of the issuer ${data.issuer.slice(0, 300)}, not ${issuer}; ${cure}`,
  )
}
