import { type Attributes, attributeValues, type Identity, Refusal } from '../core/index.ts'
import { type Authentication, readAttributes } from './statements.ts'
import { readNameId } from './subject.ts'
import type { TrustedProvider } from './trust.ts'
import type { Element } from './xml/element.ts'

/** Entra ID leaves groups out above 150 and links to its directory instead, which an assertion cannot carry. */
const overage = 'http://schemas.microsoft.com/claims/groups.link'
const methods = 'http://schemas.microsoft.com/claims/authnmethodsreferences'

/** Builds the Identity from the signed assertion under the configured short names. Throws `Refusal`. */
export function toIdentity(
  assertion: Element,
  subject: Element,
  authentication: Authentication,
  provider: TrustedProvider,
): Identity {
  const nameId = readNameId(subject)
  const attributes = withShortNames(readAttributes(assertion), provider.attributes)
  const user = userName(attributes, nameId.value, provider)
  return {
    provider: provider.name,
    issuer: provider.entityId,
    user,
    nameId: nameId.value,
    ...(nameId.format !== undefined && { nameIdFormat: nameId.format }),
    ...(nameId.nameQualifier !== undefined && { nameQualifier: nameId.nameQualifier }),
    ...(nameId.spNameQualifier !== undefined && { spNameQualifier: nameId.spNameQualifier }),
    ...(authentication.sessionIndex !== undefined && { sessionIndex: authentication.sessionIndex }),
    attributes,
    authnInstant: authentication.instant,
    ...(authentication.context !== undefined && { authnContext: authentication.context }),
    ...(authentication.sessionNotOnOrAfter !== undefined && {
      sessionNotOnOrAfter: authentication.sessionNotOnOrAfter,
    }),
    mfa: usedSecondFactor(attributes, authentication, provider),
  }
}

/** A configured name reads the attribute it stands for; it never reads one that merely has the short name. */
function withShortNames(found: Attributes, names: Readonly<Record<string, string>>): Attributes {
  if (attributeValues(found, overage).length > 0 || Object.hasOwn(found, overage)) {
    throw new Refusal(
      'attribute_overage',
      `${overage}: limit the groups in the token to those assigned to the application`,
    )
  }
  const attributes: Record<string, readonly string[]> = Object.assign(Object.create(null), found)
  for (const [short, name] of Object.entries(names)) attributes[short] = attributeValues(found, name)
  return attributes
}

/** The person's name; an attribute that names several people names nobody. */
function userName(attributes: Attributes, nameId: string, { user }: TrustedProvider): string {
  for (const name of user.names) {
    const [value, ...more] = attributeValues(attributes, name)
    if (value !== undefined && value !== '' && more.length === 0) return value
    if (value !== undefined) break
  }
  if (!user.required && user.names.every((name) => attributeValues(attributes, name).length === 0))
    return nameId
  throw new Refusal(
    'unexpected_structure',
    `attribute ${user.names.join(' or ')} must name the user exactly once`,
  )
}

function usedSecondFactor(
  attributes: Attributes,
  { context }: Authentication,
  { mfaContexts }: TrustedProvider,
): boolean {
  if (context !== undefined && mfaContexts.includes(context)) return true
  return attributeValues(attributes, methods).some((method) => mfaContexts.includes(method))
}
