import { deflateRawSync } from 'node:zlib'
import { StsFault } from './fault.ts'

/** What narrows a session, beside the role itself. */
export interface SessionTerms {
  /** A JSON document. */
  readonly policy?: string
  readonly policyArns: readonly string[]
  readonly tags: Readonly<Record<string, string>>
}

/** Throws `MalformedPolicyDocument` unless the text is a JSON policy with statements that say Effect and Action. */
export function requirePolicyDocument(text: string): void {
  const document = parseJson(text)
  const statements = isObject(document) ? [document.Statement].flat() : []
  const sound = statements.every(
    (one) =>
      isObject(one) &&
      (one.Effect === 'Allow' || one.Effect === 'Deny') &&
      ('Action' in one || 'NotAction' in one) &&
      ('Resource' in one || 'NotResource' in one),
  )
  if (statements.length === 0 || !sound) {
    throw new StsFault('MalformedPolicyDocument', 'Syntax errors in policy.')
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw new StsFault('MalformedPolicyDocument', 'This policy contains invalid Json')
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return value !== null && typeof value === 'object' && !Array.isArray(value)
}

const allotted = 2048

/**
 * How much of the allotted space the packed policies and tags take, in percent; undefined when there are none.
 * AWS packs in a format of its own; this stand-in deflates. Throws `PackedPolicyTooLarge` above 100.
 */
export function packedPolicySize(terms: SessionTerms): number | undefined {
  if (!terms.policy && terms.policyArns.length === 0 && Object.keys(terms.tags).length === 0) return undefined
  const percent = Math.ceil((deflateRawSync(JSON.stringify(terms)).length / allotted) * 100)
  if (percent > 100) {
    const say = `Packed policy consumes ${percent}% of allotted space, please use smaller policy.`
    throw new StsFault('PackedPolicyTooLarge', say)
  }
  return percent
}
