import { Refusal } from '../../core/index.ts'
import { parseStrictObject } from '../issuer/strict-json.ts'

/** A token taken apart (RFC 7515 §3.1). Nothing of it is proven yet. */
export interface ReadToken {
  readonly text: string
  readonly header: Readonly<Record<string, unknown>>
  readonly claims: Readonly<Record<string, unknown>>
}

/** Characters. GitHub's have two thousand, GitLab's three; STS takes twenty thousand. */
export const longestToken = 12_000

const malformed = (detail: string) => new Refusal('workload_malformed', detail)

/** Takes a signed token apart. Throws `Refusal` for what is none, or can be read in two ways. */
export function readToken(text: string): ReadToken {
  if (text.length > longestToken) throw malformed(`the token has more than ${longestToken} characters`)
  const [head, body, signature, ...more] = text.split('.')
  if (!head || !body || !signature || more.length > 0)
    throw malformed('the token is not three parts with two dots between them (a signed JWT)')
  return { text, header: readPart(head, 'header'), claims: readPart(body, 'payload') }
}

function readPart(part: string, name: string): Readonly<Record<string, unknown>> {
  const bytes = Buffer.from(part, 'base64url')
  // Only one spelling of the same bytes: another would be another token to whoever compares text.
  if (bytes.toString('base64url') !== part) throw malformed(`the token’s ${name} is no base64url`)
  const text = utf8(bytes)
  const value = text === undefined ? undefined : parseStrictObject(text)
  if (value === undefined)
    throw malformed(`the token’s ${name} is no JSON object, is nested too deep, or names a key twice`)
  return value
}

function utf8(bytes: Buffer): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    return undefined
  }
}
