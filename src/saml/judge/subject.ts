import { Refusal } from '../../core/index.ts'
import type { Element } from '../xml/element.ts'
import { all, attribute, elements, first, ns, text, trimmed } from '../xml/read.ts'

const bearer = 'urn:oasis:names:tc:SAML:2.0:cm:bearer'

/** Who the assertion is about. */
export interface NameId {
  readonly value: string
  readonly format?: string
  readonly nameQualifier?: string
  readonly spNameQualifier?: string
}

/** The NameID of the Subject (SAML Core §2.4.1), where it has one; an EncryptedID or BaseID is not understood. */
export function readNameId(subject: Element): NameId | undefined {
  const ids = elements(subject).filter((child) => child.local !== 'SubjectConfirmation')
  const [id] = ids
  if (id === undefined) return undefined
  if (id.local === 'EncryptedID') {
    throw new Refusal(
      'unexpected_structure',
      'the Subject has an EncryptedID; let the identity provider send a NameID, and encrypt the whole assertion if it must be secret',
    )
  }
  if (ids.length > 1 || id.local !== 'NameID' || id.ns !== ns.assertion)
    throw new Refusal('unexpected_structure', 'the Subject has no NameID of its own')
  // White space of XML alone: a NameID that ends with a no-break space is another name.
  const content = text(id)
  const value = content === undefined ? undefined : trimmed(content)
  if (value === undefined || value === '') throw new Refusal('unexpected_structure', 'the NameID is empty')
  const [format, nameQualifier, spNameQualifier] = ['Format', 'NameQualifier', 'SPNameQualifier'].map(
    (name) => attribute(id, name),
  )
  return {
    value,
    ...(format !== undefined && { format }),
    ...(nameQualifier !== undefined && { nameQualifier }),
    ...(spNameQualifier !== undefined && { spNameQualifier }),
  }
}

/**
 * The SubjectConfirmationData of the one bearer confirmation (SAML Profiles §4.1.4.2). A second confirmation or
 * another method could be meant for somebody else: refused with `subject_confirmation`.
 */
export function bearerConfirmation(subject: Element): Element {
  const confirmations = all(subject, ns.assertion, 'SubjectConfirmation')
  const [confirmation] = confirmations
  if (confirmation === undefined || confirmations.length > 1) {
    throw new Refusal(
      'subject_confirmation',
      `${confirmations.length} SubjectConfirmations, expected exactly one`,
    )
  }
  const method = attribute(confirmation, 'Method')
  if (method !== bearer)
    throw new Refusal('subject_confirmation', `method ${String(method).slice(0, 100)}, expected bearer`)
  const data = first(confirmation, ns.assertion, 'SubjectConfirmationData')
  if (data === undefined || elements(confirmation).length !== 1) {
    throw new Refusal(
      'subject_confirmation',
      'the bearer confirmation must hold SubjectConfirmationData alone',
    )
  }
  return data
}

/** Recipient equals the address that received the message, character by character. */
export function checkRecipient(data: Element, acsUrl: string): void {
  const recipient = attribute(data, 'Recipient')
  if (recipient !== acsUrl) {
    throw new Refusal(
      'recipient_mismatch',
      `Recipient ${String(recipient).slice(0, 200)}, expected ${acsUrl}`,
    )
  }
}
