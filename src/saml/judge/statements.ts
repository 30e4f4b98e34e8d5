import { Refusal } from '../../core/index.ts'
import type { Element } from '../xml/element.ts'
import { all, attribute, elements, hasStrayText, is, ns, text, trimmed } from '../xml/read.ts'
import { aheadOfUs, type Time } from './clocks.ts'
import { parseInstant } from './instant.ts'

/** When and how the person proved who they are (SAML Core §2.7.2). Times in epoch milliseconds. */
export interface Authentication {
  readonly instant: number
  readonly context?: string
  readonly sessionIndex?: string
  readonly sessionNotOnOrAfter?: number
}

/** Reads the AuthnStatement; with several, the most recent authentication counts. */
export function readAuthentication(assertion: Element): Authentication {
  const statements = all(assertion, ns.assertion, 'AuthnStatement').map(readStatement)
  const [latest] = statements.sort((a, b) => b.instant - a.instant)
  if (latest === undefined) throw new Refusal('unexpected_structure', 'there is no AuthnStatement')
  return latest
}

function readStatement(statement: Element): Authentication {
  const classRef = readContext(statement)
  const sessionIndex = attribute(statement, 'SessionIndex')
  const end = attribute(statement, 'SessionNotOnOrAfter')
  return {
    instant: parseInstant(attribute(statement, 'AuthnInstant') ?? '', 'AuthnInstant'),
    ...(classRef !== undefined && { context: classRef }),
    ...(sessionIndex !== undefined && { sessionIndex }),
    ...(end !== undefined && { sessionNotOnOrAfter: parseInstant(end, 'SessionNotOnOrAfter') }),
  }
}

/**
 * The context class. AuthnContext is required, and says something: a class, or a declaration that we do not read
 * (SAML Core §2.7.2.2).
 */
function readContext(statement: Element): string | undefined {
  const [context, ...others] = all(statement, ns.assertion, 'AuthnContext')
  if (context === undefined || others.length > 0)
    throw new Refusal('unexpected_structure', 'AuthnStatement must hold one AuthnContext')
  const [reference, ...more] = all(context, ns.assertion, 'AuthnContextClassRef')
  if (reference === undefined && elements(context).some(isDeclaration)) return undefined
  const classRef = reference && text(reference)?.trim()
  if (!classRef || more.length > 0)
    throw new Refusal(
      'unexpected_structure',
      'AuthnContext must hold one AuthnContextClassRef that says something',
    )
  return classRef
}

function isDeclaration(element: Element): boolean {
  return is(element, ns.assertion, 'AuthnContextDecl') || is(element, ns.assertion, 'AuthnContextDeclRef')
}

/** AuthnInstant lies not in the future and within `maxAge` milliseconds; the IdP's session has not ended. */
export function checkAuthenticationAge(found: Authentication, time: Time, maxAge: number | undefined): void {
  const { now, skew } = time
  if (found.instant > now + skew) throw aheadOfUs('AuthnInstant', found.instant, time)
  if (maxAge !== undefined && now - found.instant > maxAge + skew) {
    throw new Refusal('authn_too_old', `authenticated ${Math.round((now - found.instant) / 1000)} s ago`)
  }
  if (found.sessionNotOnOrAfter !== undefined && now - skew >= found.sessionNotOnOrAfter) {
    throw new Refusal('expired', 'the session at the identity provider has ended (SessionNotOnOrAfter)')
  }
}

/** One of the required context classes was used; none required, all accepted. */
export function checkAuthenticationContext(found: Authentication, required: readonly string[]): void {
  if (required.length > 0 && !required.includes(found.context ?? '')) {
    throw new Refusal(
      'authn_context',
      `context ${String(found.context).slice(0, 200)}, required ${required.join(' or ')}`,
    )
  }
}

/**
 * Attribute values by Name (SAML Core §2.7.3.1). Attributes of one Name are merged, because some identity
 * providers send one element for each value. Values that hold other elements than a NameID instead of text are left
 * out.
 */
export function readAttributes(assertion: Element): Record<string, string[]> {
  const attributes: Record<string, string[]> = Object.create(null)
  for (const statement of all(assertion, ns.assertion, 'AttributeStatement')) {
    for (const found of all(statement, ns.assertion, 'Attribute')) {
      const name = attribute(found, 'Name')
      if (name === undefined || name === '')
        throw new Refusal('unexpected_structure', 'an Attribute has no Name')
      const values = attributes[name] ?? []
      attributes[name] = values
      for (const value of all(found, ns.assertion, 'AttributeValue')) {
        const content = text(value) ?? nameIn(value)
        if (content !== undefined) values.push(content)
      }
    }
  }
  return attributes
}

/** The text of a NameID that stands alone in a value, as eduPersonTargetedID does. */
function nameIn(value: Element): string | undefined {
  const [name, ...more] = elements(value)
  if (name === undefined || more.length > 0 || !is(name, ns.assertion, 'NameID') || hasStrayText(value))
    return undefined
  return trimmed(text(name) ?? '') || undefined
}

/** The names under which attributes came; FriendlyName is a hint for people, never a key (SAML Core §2.7.3.1). */
export function sentNames(
  assertion: Element,
): { readonly name: string; readonly friendly?: string | undefined }[] {
  return all(assertion, ns.assertion, 'AttributeStatement')
    .flatMap((statement) => all(statement, ns.assertion, 'Attribute'))
    .map((found) => ({
      name: attribute(found, 'Name') ?? '',
      friendly: attribute(found, 'FriendlyName')?.slice(0, 100),
    }))
}
