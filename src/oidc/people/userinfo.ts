import { Refusal } from '../../core/index.ts'
import { reasonOf } from '../../outgoing/index.ts'
import { ask, type Line } from '../issuer/ask.ts'
import { show } from '../issuer/signed-token.ts'
import { parseStrictObject } from '../issuer/strict-json.ts'

type Claims = Readonly<Record<string, unknown>>

/** Characters: as many as an ID token may have, because a session keeps them. */
const longest = 100_000

/** More claims of the person (OpenID Connect Core §5.3). Throws `Refusal`; another person's are not taken (§5.3.2). */
export async function fetchUserinfo(
  line: Line,
  endpoint: string | undefined,
  accessToken: string | undefined,
  subject: string,
): Promise<Claims> {
  if (endpoint === undefined || accessToken === undefined)
    throw unavailable(
      endpoint === undefined
        ? 'the discovery document names no userinfo_endpoint; set userinfo: false'
        : 'there is no access token',
    )
  const headers = { authorization: `Bearer ${accessToken}` }
  const answer = await ask(line, endpoint, { headers }).catch((error: unknown) => {
    throw unavailable(`userinfo: ${reasonOf(error)}`)
  })
  if (answer.status !== 200) throw unavailable(`the userinfo endpoint answered ${answer.status}`)
  if (answer.text.length > longest)
    throw new Refusal('malformed_message', `userinfo has more than ${longest} characters`)
  const claims = parseStrictObject(answer.text)
  if (claims === undefined) {
    const hint = /jwt/i.test(answer.contentType) ? ' (signed userinfo is not read; have it sent as JSON)' : ''
    throw new Refusal('malformed_message', `userinfo is no JSON object, or names a key twice${hint}`)
  }
  if (claims.sub !== subject)
    throw new Refusal(
      'subject_mismatch',
      `userinfo is of ${show(claims.sub)}, the ID token of ${show(subject)}`,
    )
  return claims
}

const unavailable = (detail: string) => new Refusal('identity_provider_unavailable', detail)
