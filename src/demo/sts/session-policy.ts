import { StsFault } from './fault.ts'
import { operatorNamed } from './trust/operators.ts'

const unsound = (say: string) => new StsFault('MalformedPolicyDocument', say)
const syntax = 'Syntax errors in policy.'

/**
 * Throws `MalformedPolicyDocument` unless the text is a session policy by IAM's grammar (IAM User Guide, "Grammar of
 * the IAM JSON policy language"), written as IAM would have it.
 */
export function requirePolicyDocument(text: string): void {
  const document = parseJson(text)
  if (!isObject(document)) throw unsound(syntax)
  requireElements(document, ['Version', 'Id', 'Statement'])
  if (!['2012-10-17', '2008-10-17'].includes(String(document.Version ?? '2008-10-17')))
    throw unsound('The policy must contain a valid version string')
  const statements = [document.Statement].flat()
  if (statements.length === 0) throw unsound(syntax)
  for (const statement of statements) requireStatement(statement)
  const sids = statements
    .map((one) => (isObject(one) ? one.Sid : undefined))
    .filter((sid) => sid !== undefined)
  if (new Set(sids).size < sids.length)
    throw unsound('Statement IDs (SID) in a single policy must be unique.')
}

function requireElements(fields: Record<string, unknown>, known: readonly string[]): void {
  if ('Principal' in fields || 'NotPrincipal' in fields)
    throw unsound('Policy document should not specify a principal.')
  if (Object.keys(fields).some((name) => !known.includes(name))) throw unsound(syntax)
}

function requireStatement(statement: unknown): void {
  if (!isObject(statement)) throw unsound(syntax)
  requireElements(statement, [...'Sid Effect Action NotAction Resource NotResource Condition'.split(' ')])
  const { Sid, Effect } = statement
  if (Sid !== undefined && (typeof Sid !== 'string' || /[^A-Za-z0-9]/.test(Sid)))
    throw unsound('Statement IDs (SID) must be alpha-numeric.')
  if (Effect !== 'Allow' && Effect !== 'Deny') throw unsound(syntax)
  for (const action of textsOf(statement, 'Action', 'Policy statement must contain actions.')) {
    if (action !== '*' && !/^[A-Za-z0-9-]+:[\w*?-]+$/.test(action))
      throw unsound('Actions/Conditions must be prefaced with a vendor, e.g., iam, sdb, ec2, etc.')
  }
  for (const resource of textsOf(statement, 'Resource', 'Policy statement must contain resources.')) {
    if (resource !== '*' && !/^arn:[^:]+:[^:]+/.test(resource))
      throw unsound(`Resource ${resource} must be in ARN format or "*".`)
  }
  if (statement.Condition !== undefined) requireCondition(statement.Condition)
}

function textsOf(statement: Record<string, unknown>, name: string, missing: string): readonly string[] {
  const given = [statement[name], statement[`Not${name}`]].filter((one) => one !== undefined)
  if (given.length > 1) throw unsound(syntax)
  const texts = given.flat(2)
  if (texts.length === 0) throw unsound(missing)
  if (!texts.every((one) => typeof one === 'string')) throw unsound(syntax)
  return texts
}

function requireCondition(condition: unknown): void {
  if (!isObject(condition)) throw unsound(syntax)
  for (const [operator, keys] of Object.entries(condition)) {
    const name = operator.replace(/^(?:ForAnyValue|ForAllValues):/, '').replace(/IfExists$/, '')
    const isKnown = operator === 'Null' || name === 'BinaryEquals' || operatorNamed(name) !== undefined
    if (!isKnown) throw unsound(`Invalid Condition type : ${operator}.`)
    if (!isObject(keys)) throw unsound(syntax)
    for (const [key, value] of Object.entries(keys)) {
      if (!/^[\w-]+:[^\s]/.test(key))
        throw unsound('Actions/Conditions must be prefaced with a vendor, e.g., iam, sdb, ec2, etc.')
      if (![value].flat().every((one) => ['string', 'number', 'boolean'].includes(typeof one)))
        throw unsound(syntax)
    }
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
