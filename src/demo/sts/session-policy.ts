import { StsFault } from './fault.ts'

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
