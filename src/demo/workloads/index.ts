import { randomUUID } from 'node:crypto'
import express, { type Router } from 'express'
import { exportJWK, generateKeyPair, SignJWT } from 'jose'
import type { Clock } from '../../core/index.ts'

/** A platform that vouches for its jobs, as CI services and clusters do. */
export interface DemoPlatform {
  /** Serves discovery, keys and, to anybody on this machine, tokens: `POST /token`, `audience=…&repository=…`. */
  readonly router: Router
  readonly issuer: string
  /** The key set, as the local STS reads it. */
  readonly jwks: () => Promise<string>
  /** A token for a job; claims as GitHub Actions has them. */
  readonly mint: (claims: Readonly<Record<string, unknown>>) => Promise<string>
}

/** Seconds. */
const lifetime = 600

/** Makes a platform with a key of its own, which nobody keeps. */
export async function createDemoPlatform(issuer: string, clock: Clock): Promise<DemoPlatform> {
  const kid = randomUUID()
  const { publicKey, privateKey } = await generateKeyPair('ES256')
  const keys = [{ ...(await exportJWK(publicKey)), kid, alg: 'ES256', use: 'sig' }]
  const mint: DemoPlatform['mint'] = (claims) => {
    const now = Math.floor(clock() / 1000)
    const { repository = 'corp/app' } = claims
    const own = {
      iss: issuer,
      sub: `repo:${repository}:ref:refs/heads/main`,
      repository,
      ref: 'refs/heads/main',
    }
    const times = { iat: now, exp: now + lifetime, jti: randomUUID() }
    return new SignJWT({ ...own, ...times, ...claims })
      .setProtectedHeader({ alg: 'ES256', kid, typ: 'JWT' })
      .sign(privateKey)
  }
  const router = express.Router()
  router.get('/.well-known/openid-configuration', (_request, response) => {
    response.json({ issuer, jwks_uri: `${issuer}/jwks`, id_token_signing_alg_values_supported: ['ES256'] })
  })
  router.get('/jwks', (_request, response) => {
    response.json({ keys })
  })
  const token: express.RequestHandler = async (request, response) => {
    const { audience, repository } = { ...request.query, ...request.body } as Record<string, unknown>
    const value = await mint({
      ...(typeof audience === 'string' && { aud: audience }),
      ...(typeof repository === 'string' && { repository }),
    })
    response.json({ value })
  }
  // GitHub's runners ask by GET, with what the job's environment holds; here anybody on this machine may.
  router.get('/token', token)
  router.post('/token', express.urlencoded({ extended: false, limit: '8kb' }), token)
  return { router, issuer, jwks: async () => JSON.stringify({ keys }), mint }
}
