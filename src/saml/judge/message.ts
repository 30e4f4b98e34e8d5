import { Refusal } from '../../core/index.ts'
import { strictBase64 } from './signature.ts'

/**
 * The XML bytes of a message of the HTTP POST binding (SAML Bindings §3.5.4): base64, at most `maxBytes` when
 * decoded. Throws `Refusal('malformed_message')`.
 */
export function decodePostMessage(encoded: string, maxBytes: number): Buffer {
  // Four characters make three bytes; line breaks may add a little.
  if (encoded.length > maxBytes * 1.45)
    throw new Refusal('malformed_message', `larger than ${maxBytes} bytes`)
  const bytes = strictBase64(encoded)
  if (bytes === undefined || bytes.length === 0)
    throw new Refusal('malformed_message', 'the message is no base64')
  if (bytes.length > maxBytes) throw new Refusal('malformed_message', `larger than ${maxBytes} bytes`)
  return bytes
}
