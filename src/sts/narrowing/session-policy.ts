import { denyFrom, denyOutside, Refusal } from '../../core/index.ts'
import type { GrantAsk } from '../grant.ts'
import { narrow, type PolicyDocument, parsePolicy } from './narrow.ts'
import { pin, type Reach } from './pin.ts'

const maxLength = 2048

/**
 * The one inline session policy of a call: the entitlement's terms, the person's wish to narrow them, and where
 * and until when it may be used. Undefined when there is nothing to say.
 *
 * Session policies (inline and managed) of one call are united, and only their union is intersected with the
 * role. So an Allow next to other session policies would widen: what narrows is said by Deny, and `Allow *` is
 * added only where no session policy allows anything yet.
 */
export function sessionPolicy(ask: GrantAsk, reach: Reach): string | undefined {
  const { entitlement, policy: wish } = ask
  const terms =
    entitlement.policy === undefined ? undefined : parseTerms(entitlement.policy, entitlement.rule)
  const wished = wish === undefined ? undefined : parsePolicy(wish)
  const bounded = terms !== undefined || entitlement.policyArns.length > 0
  const base: PolicyDocument = terms ??
    (bounded ? undefined : wished) ?? { Version: '2012-10-17', Statement: [] }

  const added: object[] = wished !== undefined && bounded ? narrow(wished, base.Version) : []
  if (entitlement.pinToSourceIp) added.push(pin(ask.sourceIp, entitlement.rule, reach))
  if (entitlement.pinTo !== undefined) added.push(...denyOutside(entitlement.pinTo))
  if (ask.endsAt !== undefined) added.push(denyFrom(ask.endsAt))
  const statements = [...base.Statement, ...added]
  if (statements.length === 0) return undefined
  if (!bounded && wished === undefined) statements.unshift({ Effect: 'Allow', Action: '*', Resource: '*' })
  return writePolicy({ ...base, Statement: statements }, ask)
}

/** A document as STS takes it. Throws `Refusal` when it is too long. */
export function writePolicy(document: PolicyDocument, ask: GrantAsk): string {
  return limited(write(document), ask)
}

function parseTerms(text: string, rule: string): PolicyDocument {
  try {
    return parsePolicy(text)
  } catch (error) {
    const why = error instanceof Refusal ? error.detail : 'cannot be read'
    throw new Refusal('aws_refused', `the policy of rule ${rule} ${why}`)
  }
}

/** STS takes Latin-1 only; JSON can say everything else in ASCII. */
function write(document: PolicyDocument): string {
  return JSON.stringify(document).replace(
    /[^\x20-\xff]/g,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
}

function limited(text: string, ask: GrantAsk): string {
  if (text.length <= maxLength) return text
  const detail = `the session policy has ${text.length} characters; STS takes ${maxLength} at the most`
  if (ask.policy === undefined)
    throw new Refusal('aws_refused', `${detail}: shorten rule ${ask.entitlement.rule}`)
  throw new Refusal('invalid_request', detail, {
    say: `As AWS would get it, this session policy has ${text.length} characters; it takes ${maxLength} at the most.`,
  })
}
