import { createHash } from 'node:crypto'
import {
  type Clock,
  type Collection,
  type Fetch,
  type Identity,
  namingWhose,
  type Random,
  Refusal,
} from '../../core/index.ts'
import { createIssuerSource, type IssuerCopy, type IssuerNews } from '../issuer/issuer-source.ts'
import { readSignedToken, show, type TokenRules } from '../issuer/signed-token.ts'
import { codesForWorkloads } from '../issuer/token-codes.ts'
import { judgeToken, type TrustedIssuer, type WorkloadJudgement } from './judge.ts'
import type { WorkloadProviderOptions } from './options.ts'

/** A workload whose token was accepted. Times in epoch milliseconds. */
export interface WorkloadSignIn {
  readonly identity: Identity
  readonly expiresAt: number
  readonly tokenEnds: number
}

export interface Workloads {
  /** Judges a token of a workload. Throws `Refusal`; its detail holds single claims at most, never the token. */
  accept(token: string): Promise<WorkloadSignIn>
  /** Loads the keys of every issuer and keeps them fresh. Resolves when each was tried once. */
  start(): Promise<void>
  /** Names of the issuers, and of those whose keys are not there. */
  names(): readonly string[]
  missing(): readonly string[]
  stop(): void
  /** Whether the provider of this name is configured and has this issuer. */
  trusts(provider: string, issuer: string): boolean
}

export interface WorkloadsOptions {
  readonly providers: Readonly<Record<string, WorkloadProviderOptions>>
  readonly clock: Clock
  readonly random: Random
  readonly fetch: Fetch
  /** Marks of tokens that count once; shared by all nodes. */
  readonly replays: Collection<{ readonly usedAt: number }>
  readonly copies: Collection<IssuerCopy>
  readonly tell: (news: IssuerNews) => void
}

/** Characters: GitHub's have two thousand, GitLab's three; STS takes twenty thousand. */
const rules: TokenRules = { codes: codesForWorkloads, longest: 12_000 }

/** Until a mark may be forgotten, beyond what any clock could find valid. */
const reserve = 10 * 60_000

/** Who is it, for programs without a browser: tokens that their platform made for them. */
export function createWorkloads(options: WorkloadsOptions): Workloads {
  const { providers, clock, replays } = options
  const issuers = Object.entries(providers).map(
    ([name, configured]): TrustedIssuer => ({
      ...configured,
      name,
      source: sourceOf(name, configured, options),
    }),
  )
  return {
    trusts: (name, issuer) => issuers.some((one) => one.name === name && one.issuer === issuer),
    accept: (text) =>
      namingWhose(async (isOf) => {
        const token = readSignedToken(text, rules)
        const { iss } = token.claims
        const issuer = issuers.find((one) => one.issuer === iss)
        if (issuer === undefined)
          throw new Refusal(
            'workload_issuer',
            `no provider of kind oidc-workload has the issuer ${show(iss)}`,
          )
        isOf(issuer.name)
        const judgement = await judgeToken(token, issuer, clock())
        await markUsed(judgement, issuer.issuer, replays, clock())
        const { identity, sessionEnds: expiresAt, tokenEnds } = judgement
        return { identity, expiresAt, tokenEnds }
      }),
    start: async () => {
      await Promise.all(issuers.map(({ source }) => source.refresh()))
      for (const { source } of issuers) source.start()
    },
    names: () => issuers.map(({ name }) => name),
    missing: () => issuers.filter(({ source }) => source.current() === undefined).map(({ name }) => name),
    stop: () => {
      for (const { source } of issuers) source.stop()
    },
  }
}

/** Loaded in the background, and when a token needs it: it is old, or the token names a key that is not there. */
function sourceOf(
  provider: string,
  { issuer, jwks }: WorkloadProviderOptions,
  { clock, random, fetch, copies, tell }: WorkloadsOptions,
) {
  const around = { clock, random, fetch, copies, tell }
  return createIssuerSource({ ...around, provider, issuer, jwks, innerHosts: [], ownHostOnly: true })
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
