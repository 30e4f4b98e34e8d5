import { Refusal } from '../core/index.ts'
import type { Element } from './xml/element.ts'
import { attribute, first, ns, text } from './xml/read.ts'

const success = 'urn:oasis:names:tc:SAML:2.0:status:Success'

/**
 * The identity provider says that it worked (SAML Core §3.2.2.2). Otherwise `Refusal('status_not_success')` with
 * its second-level code and message, which are unsigned words for the audit log.
 */
export function checkStatus(response: Element): void {
  const status = first(response, ns.protocol, 'Status')
  const code = status && first(status, ns.protocol, 'StatusCode')
  const value = code && attribute(code, 'Value')
  if (status === undefined || code === undefined)
    throw new Refusal('unexpected_structure', 'there is no StatusCode')
  if (value === success) return
  const second = first(code, ns.protocol, 'StatusCode')
  const message = first(status, ns.protocol, 'StatusMessage')
  const parts = [value, second && attribute(second, 'Value'), message && text(message)]
  throw new Refusal(
    'status_not_success',
    parts
      .filter((part) => part !== undefined)
      .join(' / ')
      .slice(0, 500),
  )
}
