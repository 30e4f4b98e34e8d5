import { type Attributes, attributeValues, type Identity, Refusal } from '../../core/index.ts'
import type { Element } from '../xml/element.ts'
import { namedValues } from './schema-names.ts'
import { type Authentication, readAttributes, sentNames } from './statements.ts'
import { readNameId } from './subject.ts'
import type { TrustedProvider } from './trust.ts'

/** Entra ID leaves groups out above 150 and links to its directory instead, which an assertion cannot carry. */
const overage = 'http://schemas.microsoft.com/claims/groups.link'
const nobody =
  'the Subject has no NameID and no attribute names the person; let the identity provider send one (AD FS: a claim rule that issues Name ID), or name the attribute in attributes.user'
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
  const user = userFrom(attributes, provider, assertion) ?? nameId?.value
  if (user === undefined) throw new Refusal('unexpected_structure', nobody)
  return {
    provider: provider.name,
    protocol: 'saml',
    issuer: provider.entityId,
    user,
    nameId: nameId?.value ?? user,
    ...(nameId === undefined && { nameIdAbsent: true }),
    ...(nameId?.format !== undefined && { nameIdFormat: nameId.format }),
    ...(nameId?.nameQualifier !== undefined && { nameQualifier: nameId.nameQualifier }),
    ...(nameId?.spNameQualifier !== undefined && { spNameQualifier: nameId.spNameQualifier }),
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
  for (const [short, name] of Object.entries(names)) attributes[short] = namedValues(found, name)
  return attributes
}

/**
 * The person's name from an attribute; undefined when none names them and none has to. An attribute that names
 * several people names nobody.
 */
function userFrom(attributes: Attributes, { user }: TrustedProvider, assertion: Element): string | undefined {
  for (const name of user.names) {
    const values = namedValues(attributes, name)
    const [value] = values
    if (value !== undefined && value !== '' && values.length === 1) return value
    if (value !== undefined) {
      const found = values.length === 1 ? 'it is empty' : `it has ${values.length} values`
      throw new Refusal('user_attribute', `attribute ${name} must name the user; ${found}`)
    }
  }
  if (!user.required) return undefined
  throw new Refusal('user_attribute', missing(user.names.join(' or '), assertion))
}

/** What the administrator may have meant: names alone, no values. */
function missing(wanted: string, assertion: Element): string {
  const sent = sentNames(assertion)
  const meant = sent.find(({ friendly }) => friendly === wanted)
  const hint =
    meant === undefined
      ? ''
      : `; "${wanted}" is the FriendlyName of ${meant.name}: write that in attributes.user`
  const names = sent.map(({ name, friendly }) => (friendly === undefined ? name : `${name} (${friendly})`))
  return `attribute ${wanted}, which must name the user, is not there${hint}; sent: ${names.join(', ') || 'none'}`.slice(
    0,
    1000,
  )
}

function usedSecondFactor(
  attributes: Attributes,
  { context }: Authentication,
  { mfaContexts, mfaAttribute }: TrustedProvider,
): boolean {
  if (context !== undefined && mfaContexts.includes(context)) return true
  const told = mfaAttribute ? namedValues(attributes, mfaAttribute.name) : []
  if (told.some((value) => mfaAttribute?.values.includes(value))) return true
  return attributeValues(attributes, methods).some((method) => mfaContexts.includes(method))
}
