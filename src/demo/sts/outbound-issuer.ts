import { generateKeyPairSync, type KeyObject, randomUUID, sign } from 'node:crypto'
import { Router } from 'express'

/** Algorithms that STS signs web identity tokens with. */
const algorithms = {
  RS256: { hash: 'sha256', make: () => generateKeyPairSync('rsa', { modulusLength: 2048 }) },
  ES384: { hash: 'sha384', make: () => generateKeyPairSync('ec', { namedCurve: 'P-384' }) },
} as const

export type OutboundAlgorithm = keyof typeof algorithms
export const outboundAlgorithms = Object.keys(algorithms) as readonly OutboundAlgorithm[]

/** Each account's issuer for identities of AWS that go elsewhere (outbound identity federation). */
export interface OutboundIssuer {
  /** Serves discovery (OpenID Connect Discovery §4) and keys of every account. */
  readonly router: Router
  readonly issuerOf: (accountId: string) => string
  /** A compact JWS (RFC 7515) over these claims. */
  readonly sign: (claims: Readonly<Record<string, unknown>>, algorithm: OutboundAlgorithm) => string
}

/** Below `baseUrl`, one issuer for each account; the keys are made when first needed, and nobody keeps them. */
export function createOutboundIssuer(baseUrl: string): OutboundIssuer {
  const issuerOf = (accountId: string) => `${baseUrl}/outbound/${accountId}`
  const made = new Map<OutboundAlgorithm, { kid: string; privateKey: KeyObject; publicKey: KeyObject }>()
  const keyOf = (algorithm: OutboundAlgorithm) => {
    const known = made.get(algorithm) ?? { kid: randomUUID(), ...algorithms[algorithm].make() }
    made.set(algorithm, known)
    return known
  }
  const router = Router()
  router.get('/outbound/:account/.well-known/openid-configuration', ({ params }, response) => {
    const issuer = issuerOf(params.account)
    const id_token_signing_alg_values_supported = outboundAlgorithms
    response.json({ issuer, jwks_uri: `${issuer}/jwks`, id_token_signing_alg_values_supported })
  })
  router.get('/outbound/:account/jwks', (_request, response) => {
    const keys = outboundAlgorithms.map((alg) => {
      const { kid, publicKey } = keyOf(alg)
      return { ...publicKey.export({ format: 'jwk' }), kid, alg, use: 'sig' }
    })
    response.json({ keys })
  })
  return {
    router,
    issuerOf,
    sign: (claims, alg) => {
      const { kid, privateKey } = keyOf(alg)
      const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
      const signed = `${part({ alg, kid, typ: 'JWT' })}.${part(claims)}`
      const key = { key: privateKey, dsaEncoding: 'ieee-p1363' } as const
      return `${signed}.${sign(algorithms[alg].hash, Buffer.from(signed), key).toString('base64url')}`
    },
  }
}
