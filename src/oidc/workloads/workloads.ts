import { createHash } from 'node:crypto'
import { type Clock, type Collection, type Fetch, type Identity, Refusal } from '../../core/index.ts'
import { judgeToken, type TrustedIssuer, type WorkloadJudgement } from './judge.ts'
import { createKeySource, type KeySource } from './key-source.ts'
import type { WorkloadProviderOptions } from './options.ts'
import { readToken } from './token.ts'

/** A workload whose token was accepted. Times in epoch milliseconds. */
export interface WorkloadSignIn {
  readonly identity: Identity
  readonly expiresAt: number
  readonly tokenEnds: number
}

export interface Workloads {
  /** Judges a token of a workload. Throws `Refusal`; no detail holds any of the token. */
  accept(token: string): Promise<WorkloadSignIn>
  /** The keys that are loaded of this issuer, if they come from the same place. */
  kept(from: Pick<WorkloadProviderOptions, 'issuer' | 'jwks'>): ReturnType<KeySource['kept']>
}

export interface WorkloadsOptions {
  readonly providers: Readonly<Record<string, WorkloadProviderOptions>>
  readonly clock: Clock
  readonly fetch: Fetch
  /** Marks of tokens that count once; shared by all nodes. */
  readonly replays: Collection<{ readonly usedAt: number }>
  /** Whose place these take. */
  readonly before?: Workloads | undefined
}

/** Until a mark may be forgotten, beyond what any clock could find valid. */
const reserve = 10 * 60_000

/** Who is it, for programs without a browser: tokens that their platform made for them. */
export function createWorkloads({ providers, before, ...options }: WorkloadsOptions): Workloads {
  const { clock, fetch, replays } = options
  const issuers = Object.entries(providers).map(([name, configured]): TrustedIssuer => {
    const { issuer, jwks } = configured
    const keys = createKeySource({ issuer, jwks, fetch, clock, kept: before?.kept(configured) })
    return { ...configured, name, keys }
  })
  return {
    kept: ({ issuer, jwks }) =>
      issuers.find((one) => one.issuer === issuer && one.jwks === jwks)?.keys.kept(),
    async accept(text) {
      const token = readToken(text)
      const { iss } = token.claims
      const issuer = issuers.find((one) => one.issuer === iss)
      if (issuer === undefined)
        throw new Refusal(
          'workload_issuer',
          `no provider of kind oidc-workload has the issuer ${JSON.stringify(String(iss).slice(0, 200))}`,
        )
      const judgement = await judgeToken(token, issuer, clock())
      await markUsed(judgement, issuer.issuer, replays, clock())
      const { identity, sessionEnds: expiresAt, tokenEnds } = judgement
      return { identity, expiresAt, tokenEnds }
    },
  }
}

/** Where a token counts once, it opens one session, on whichever node it arrives. */
async function markUsed(
  { id, tokenEnds, identity }: WorkloadJudgement,
  issuer: string,
  replays: WorkloadsOptions['replays'],
  now: number,
): Promise<void> {
  if (id === undefined) return
  const mark = createHash('sha256').update(`workload\n${issuer}\n${id}`).digest('base64url')
  // A clock that runs ahead now and is put right later finds the token valid for its whole lifetime again.
  const until = Math.max(tokenEnds, now + (tokenEnds - identity.authnInstant)) + reserve
  if (await replays.putIfAbsent(mark, { usedAt: now }, until)) return
  throw new Refusal('workload_replayed', 'the token was used already, and this provider’s count once')
}
