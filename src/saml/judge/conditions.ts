import { Refusal } from '../../core/index.ts'
import type { Element } from '../xml/element.ts'
import { all, attribute, elements, hasStrayText, ns, text } from '../xml/read.ts'
import { aheadOfUs, overForUs, type Time } from './clocks.ts'
import { parseInstant } from './instant.ts'

const understood = new Set(['AudienceRestriction', 'OneTimeUse', 'ProxyRestriction'])

/** Refuses a Condition that we do not understand (SAML Core §2.5.1.5). */
export function checkKnownConditions(conditions: Element): void {
  if (hasStrayText(conditions)) throw new Refusal('unexpected_structure', 'Conditions has stray text')
  for (const { ns: namespace, local } of elements(conditions)) {
    if (namespace !== ns.assertion || !understood.has(local)) {
      throw new Refusal('unknown_condition', `condition ${local.slice(0, 60)}`)
    }
  }
}

/** At least one AudienceRestriction, and every one names one of our audiences (SAML Core §2.5.1.4). */
export function checkAudience(conditions: Element, ours: readonly string[]): void {
  const restrictions = all(conditions, ns.assertion, 'AudienceRestriction')
  if (restrictions.length === 0) throw new Refusal('audience_mismatch', 'the assertion names no audience')
  for (const restriction of restrictions) {
    const audiences = all(restriction, ns.assertion, 'Audience').map((audience) => text(audience))
    if (!audiences.some((audience) => audience !== undefined && ours.includes(audience))) {
      throw new Refusal(
        'audience_mismatch',
        `audience ${audiences.join(', ').slice(0, 200)}, expected ${ours.join(' or ')}`,
      )
    }
  }
}

/**
 * NotBefore and NotOnOrAfter of Conditions or SubjectConfirmationData (SAML Core §2.5.1.2, §2.4.1.2), with
 * NotOnOrAfter required. Returns NotOnOrAfter in epoch milliseconds.
 */
export function checkValidity(element: Element, time: Time): number {
  const { now, skew } = time
  const notBefore = attribute(element, 'NotBefore')
  const notOnOrAfter = attribute(element, 'NotOnOrAfter')
  const start = notBefore === undefined ? undefined : parseInstant(notBefore, 'NotBefore')
  if (start !== undefined && now + skew < start) throw aheadOfUs(`${element.local} NotBefore`, start, time)
  if (notOnOrAfter === undefined) {
    throw new Refusal('expired', `${element.local} has no NotOnOrAfter`, {
      say: 'Your identity provider’s answer does not say how long it is valid. Please tell your administrator.',
    })
  }
  const end = parseInstant(notOnOrAfter, 'NotOnOrAfter')
  if (now - skew >= end) throw overForUs(`${element.local} NotOnOrAfter`, end, time)
  return end
}
