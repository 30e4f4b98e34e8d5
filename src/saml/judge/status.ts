import { cannotSignInSo, Refusal } from '../../core/index.ts'
import type { Element } from '../xml/element.ts'
import { attribute, first, ns, text } from '../xml/read.ts'

const success = 'urn:oasis:names:tc:SAML:2.0:status:Success'

const partialLogout = 'urn:oasis:names:tc:SAML:2.0:status:PartialLogout'

/** SAML Core §3.2.2.2: none of the requested contexts can be had. */
const noContext = 'urn:oasis:names:tc:SAML:2.0:status:NoAuthnContext'

/** What the identity provider says of its success (SAML Core §3.2.2.2). */
export interface Status {
  readonly success: boolean
  /** Others were not told of a logout (SAML Core §3.7.3.2), even if it worked at the identity provider. */
  readonly partial: boolean
  /** Codes and message, unsigned words for the audit log. */
  readonly words: string
}

/** Reads the status; `Refusal('unexpected_structure')` when there is none. */
export function readStatus(response: Element): Status {
  const status = first(response, ns.protocol, 'Status')
  const code = status && first(status, ns.protocol, 'StatusCode')
  if (status === undefined || code === undefined)
    throw new Refusal('unexpected_structure', 'there is no StatusCode')
  const second = first(code, ns.protocol, 'StatusCode')
  const message = first(status, ns.protocol, 'StatusMessage')
  const codes = [attribute(code, 'Value'), second && attribute(second, 'Value')]
  const words = [...codes, message && text(message)].filter((part) => part !== undefined).join(' / ')
  return {
    success: codes[0] === success,
    partial: codes.includes(partialLogout),
    words: words.slice(0, 500),
  }
}

/** Nobody is signed in by an answer that says it did not work: `Refusal('status_not_success')`. */
export function checkStatus(response: Element): void {
  const { success, words } = readStatus(response)
  if (!success)
    throw new Refusal('status_not_success', words, {
      ...(words.includes(noContext) && {
        say: cannotSignInSo,
      }),
    })
}
