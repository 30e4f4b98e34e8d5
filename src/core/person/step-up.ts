/** What a new sign-in has to bring so that a role opens which is shut now. Holds at least one of them. */
export interface StepUp {
  /** Seconds that the sign-in may be old when the role is taken. */
  readonly freshWithin?: number
  /** Authentication contexts that the rule names (`acr` by OpenID Connect), any one of them. */
  readonly contexts?: readonly string[]
  readonly mfa?: true
}

/** A step-up that was sent to an identity provider, and whose it is. */
export interface StepUpUnderWay extends StepUp {
  /** `lastingKey` of who asked for it: nobody else is let in by its answer. */
  readonly person: string
  /** The session that asks, and is replaced: once it has ended, so has this. */
  readonly session: string
}

/** What an identity provider says of how people sign in, and what it can be asked for. */
export interface SignInWords {
  /** Contexts that mean a second factor. */
  readonly mfaContexts: readonly string[]
  /** Those of them to ask for; none where it takes no such wish, and a fresh sign-in has to do. */
  readonly asks: readonly string[]
  /** It can say at all that somebody used a second factor. */
  readonly saysMfa: boolean
  /** The only contexts with which it lets anybody in here; empty: any. */
  readonly required: readonly string[]
}

/**
 * What to ask the provider for. Where it can be asked for no context that means a second factor, the person at least
 * signs in anew, so that it has the occasion.
 */
export function wishOf(
  { mfa, contexts, freshWithin }: StepUp,
  { asks }: SignInWords,
): { readonly fresh: boolean; readonly contexts: readonly string[] } {
  const wanted = contexts ?? (mfa ? asks : [])
  return { fresh: freshWithin !== undefined || wanted.length === 0, contexts: wanted }
}

/** In words, as on a button. */
export function sayStepUp({ mfa, freshWithin }: StepUp): string {
  if (mfa)
    return freshWithin === undefined ? 'Sign in with a second factor' : 'Sign in again with a second factor'
  return freshWithin === undefined ? 'Sign in in the way it wants' : 'Sign in again'
}

/** What a person reads when their provider says that it has no such way to sign in. */
export const cannotSignInSo =
  'Your identity provider cannot sign you in in the way that was asked for, for example with a second factor.'
