import type { SignInWords, StepUp } from '../../core/index.ts'
import type { FailedComparison } from './failed.ts'

/**
 * What a new sign-in has to bring so that these comparisons hold; undefined where one of them is of another kind (an
 * address, a day), or where this identity provider never says what they look at. Where two contradict each other, no context
 * is left: whoever tries them all tries none.
 */
export function whatOpens(failed: readonly FailedComparison[], words: SignInWords): StepUp | undefined {
  const needs = failed.map(needOf)
  if (failed.length === 0 || needs.includes(undefined)) return undefined
  const all = needs.filter((need) => need !== undefined)
  const mfa = all.some((need) => need.mfa)
  if (mfa && !words.saysMfa) return undefined
  const ages = all.flatMap(({ freshWithin }) => freshWithin ?? [])
  const lists = all.flatMap(({ contexts }) => (contexts ? [contexts] : []))
  const named = lists[0]?.filter((one) => lists.every((list) => list.includes(one)))
  const taken = named?.filter((one) => words.required.length === 0 || words.required.includes(one))
  return {
    ...(ages.length > 0 && { freshWithin: Math.min(...ages) }),
    ...(taken && { contexts: taken }),
    ...(mfa && { mfa: true as const }),
  }
}

function needOf({ operator, key, wanted, missing }: FailedComparison): StepUp | undefined {
  if (missing !== undefined) return undefined
  const plain = operator.replace(/^For\w+:|IfExists$/g, '')
  // `Null: false`: the key must be there, whatever it says.
  const isThere = plain === 'Null' && wanted.includes('false')
  switch (key) {
    case 'bridge:MultiFactorAuthPresent':
      return plain === 'Bool' && wanted.includes('true') ? { mfa: true } : undefined
    case 'bridge:MultiFactorAuthAge':
      if (isThere) return { mfa: true, freshWithin: anyAge }
      return younger(plain, wanted, { mfa: true })
    case 'bridge:AuthnAge':
      return isThere ? { freshWithin: anyAge } : younger(plain, wanted, {})
    case 'bridge:AuthnContext': {
      if (!['StringEquals', 'StringLike'].includes(plain)) return undefined
      const contexts = plain === 'StringLike' ? wanted.filter((one) => !/[*?]/.test(one)) : wanted
      return contexts.length > 0 ? { contexts } : undefined
    }
    default:
      return undefined
  }
}

/** An hour: the provider only has to say when. */
const anyAge = 3600

/** Nobody signs in and takes a role within less seconds. */
const shortest = 10

function younger(operator: string, wanted: readonly string[], more: StepUp): StepUp | undefined {
  const seconds = Math.max(...wanted.map(Number))
  return /^NumericLessThan(?:Equals)?$/.test(operator) && seconds >= shortest
    ? { ...more, freshWithin: seconds }
    : undefined
}
