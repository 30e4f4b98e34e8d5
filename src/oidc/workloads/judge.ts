import { type Attributes, attributeValues, type Identity, Refusal } from '../../core/index.ts'
import { checkAudiences, checkTimes } from '../issuer/claims.ts'
import type { IssuerSource } from '../issuer/issuer-source.ts'
import { proveSigned, type ReadToken, show } from '../issuer/signed-token.ts'
import { codesForWorkloads as codes } from '../issuer/token-codes.ts'
import { attributesOf, userOf } from './claims.ts'
import type { WorkloadProviderOptions } from './options.ts'

/** Milliseconds by which an issuer's clock may be ahead of ours. An end is an end. */
const skew = 60_000

/** A configured issuer with its keys. */
export interface TrustedIssuer extends WorkloadProviderOptions {
  readonly name: string
  readonly source: IssuerSource
}

/** A token that holds, and what follows from it. Times in epoch milliseconds. */
export interface WorkloadJudgement {
  readonly identity: Identity
  readonly tokenEnds: number
  readonly sessionEnds: number
  /** The token's own name, where it counts once. */
  readonly id: string | undefined
}

/** Judges a token of this issuer: first who made it, then for whom, when, and about what. Throws `Refusal`. */
export async function judgeToken(
  token: ReadToken,
  issuer: TrustedIssuer,
  now: number,
): Promise<WorkloadJudgement> {
  const { claims } = token
  await proveSigned(token, { source: issuer.source, codes, algorithms: issuer.algorithms })
  checkAudiences(claims, issuer.audience, codes)
  const time = { now, skew, skewAtEnd: 0, maxAge: issuer.maxTokenAge * 1000 }
  const { iat, exp } = checkTimes(claims, time, codes)
  const subject = checkSubject(claims.sub)
  const attributes = attributesOf(claims)
  checkRequired(attributes, issuer.require)
  const sessionEnds = Math.min(exp, now + issuer.maxSession * 1000)
  return {
    identity: {
      provider: issuer.name,
      protocol: 'workload',
      issuer: issuer.issuer,
      user: userOf(issuer.user, attributes),
      nameId: subject,
      attributes,
      authnInstant: iat,
      sessionNotOnOrAfter: sessionEnds,
      mfa: false,
    },
    tokenEnds: exp,
    sessionEnds,
    id: issuer.once ? checkId(claims.jti) : undefined,
  }
}

function checkSubject(sub: unknown): string {
  if (typeof sub === 'string' && sub !== '' && sub.length <= 512) return sub
  throw new Refusal('workload_claims', 'sub must be a text of 1 to 512 characters')
}

function checkId(jti: unknown): string {
  if (typeof jti === 'string' && jti !== '' && jti.length <= 512) return jti
  throw new Refusal('workload_claims', 'once is set for this provider, and the token has no jti')
}

function checkRequired(attributes: Attributes, required: WorkloadProviderOptions['require']): void {
  for (const [name, wanted] of Object.entries(required)) {
    const values = attributeValues(attributes, name)
    if (values.length > 0 && values.every((value) => wanted.includes(value))) continue
    const is = values.length === 0 ? 'is absent' : `is ${show(values.join(' and '))}`
    throw new Refusal('workload_claims', `the claim ${name} ${is}; required: ${wanted.join(' or ')}`)
  }
}
