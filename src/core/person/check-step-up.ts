import { Refusal } from '../refusal.ts'
import type { Identity } from './identity.ts'
import type { StepUp } from './step-up.ts'

/** Holds an answer against what was asked for: an identity provider may ignore a wish, and some do. Throws `Refusal`. */
export function checkStepUp(asked: StepUp, { mfa, authnContext, provider }: Identity): void {
  const was = `${provider} answered with the context ${String(authnContext).slice(0, 200)}`
  if (asked.mfa && !mfa)
    throw new Refusal('second_factor_missing', `a second factor was asked for; ${was}, which is none`, {
      say: 'Rolebridge asked your identity provider for a second factor, and it signed you in without one. Nothing has changed here.',
    })
  if (asked.contexts && !asked.contexts.includes(authnContext ?? ''))
    throw new Refusal(
      'authn_context',
      `${asked.contexts.join(' or ')} was asked for; ${was}`.slice(0, 1000),
      {
        say: 'Rolebridge asked your identity provider for a certain way to sign in, and it signed you in in another. Nothing has changed here.',
      },
    )
}
