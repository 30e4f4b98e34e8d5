import { suggestion } from '../suggestion.ts'

/** Something that IAM would refuse in a policy document, and where. */
export interface PolicyFault {
  readonly path: readonly (string | number)[]
  readonly message: string
}

type Fields = Readonly<Record<string, unknown>>

/**
 * What is wrong with a session policy by IAM's grammar (IAM User Guide, "Grammar of the IAM JSON policy
 * language"). A session policy has no Principal: it narrows whoever holds the session. IAM knows which actions
 * and keys exist; this knows only how they are written.
 */
export function sessionPolicyFaults(document: unknown): readonly PolicyFault[] {
  if (!isFields(document)) return [{ path: [], message: 'is no JSON object' }]
  const { Version, Id, Statement } = document
  const faults = unknownFields(document, ['Version', 'Id', 'Statement'], [])
  if (Version !== undefined && Version !== '2012-10-17' && Version !== '2008-10-17')
    faults.push({ path: ['Version'], message: 'has an unknown Version; it is 2012-10-17, in quotes' })
  if (Id !== undefined && typeof Id !== 'string')
    faults.push({ path: ['Id'], message: 'has an Id that is no text' })
  const statements = [Statement].flat()
  if (Statement === undefined || statements.length === 0)
    return [...faults, { path: ['Statement'], message: 'has no statements' }]
  for (const [index, statement] of statements.entries()) {
    const path = Array.isArray(Statement) ? ['Statement', index] : ['Statement']
    faults.push(...statementFaults(statement).map((fault) => ({ ...fault, path: [...path, ...fault.path] })))
  }
  const sids = statements.flatMap((one) => (isFields(one) && typeof one.Sid === 'string' ? [one.Sid] : []))
  if (new Set(sids).size < sids.length) faults.push({ path: ['Statement'], message: 'has one Sid twice' })
  return faults
}

const elements = ['Sid', 'Effect', 'Action', 'NotAction', 'Resource', 'NotResource', 'Condition']

function statementFaults(statement: unknown): readonly PolicyFault[] {
  if (!isFields(statement)) return [{ path: [], message: 'has a statement that is no JSON object' }]
  const { Sid, Effect, Condition } = statement
  const faults = unknownFields(statement, elements, ['Principal', 'NotPrincipal'])
  if (Sid !== undefined && !(typeof Sid === 'string' && /^[A-Za-z0-9]*$/.test(Sid)))
    faults.push({ path: ['Sid'], message: 'has a Sid that is not of letters and digits alone' })
  if (Effect !== 'Allow' && Effect !== 'Deny')
    faults.push({ path: ['Effect'], message: 'has a statement whose Effect is neither Allow nor Deny' })
  faults.push(
    ...listFaults(statement, 'Action', actionFault),
    ...listFaults(statement, 'Resource', resourceFault),
  )
  if (Condition !== undefined) faults.push(...conditionFaults(Condition))
  return faults
}

function unknownFields(
  fields: Fields,
  known: readonly string[],
  misplaced: readonly string[],
): PolicyFault[] {
  return Object.keys(fields)
    .filter((name) => !known.includes(name))
    .map((name) => {
      const meant = suggestion(name, known)
      const message = misplaced.includes(name)
        ? `has a ${name}, which has no place in a session policy`
        : `has the unknown element ${quote(name)}${meant ? `; did you mean ${meant}?` : ''}`
      return { path: [name], message }
    })
}

/** `Action` or `NotAction`, `Resource` or `NotResource`: exactly one of the two, a text or a list of texts. */
function listFaults(
  statement: Fields,
  name: 'Action' | 'Resource',
  faultOf: (text: string) => string | undefined,
): readonly PolicyFault[] {
  const given = [name, `Not${name}`].filter((one) => statement[one] !== undefined)
  const [only, other] = given
  if (only === undefined) return [{ path: [], message: `has a statement without ${name}` }]
  if (other !== undefined) return [{ path: [other], message: `has both ${only} and ${other}` }]
  const list = [statement[only]].flat()
  if (list.length === 0)
    return [{ path: [only], message: `has a statement without ${name}: the list is empty` }]
  return list.flatMap((item) => {
    const message = typeof item === 'string' ? faultOf(item) : `has in ${only} what is no text`
    return message === undefined ? [] : [{ path: [only], message }]
  })
}

function actionFault(text: string): string | undefined {
  if (text === '*' || /^[A-Za-z0-9-]+:[\w*?-]+$/.test(text)) return undefined
  return `has the action ${quote(text)}; an action is service:Name, such as s3:Get*, or *`
}

/** IAM completes an ARN that ends early with wildcards, but partition and service must be there. */
function resourceFault(text: string): string | undefined {
  const [prefix, partition, service] = text.split(':')
  if (text === '*' || (prefix === 'arn' && partition && service)) return undefined
  return `has the resource ${quote(text)}; a resource is an ARN, or *`
}

const compared = ['Equals', 'NotEquals', 'LessThan', 'LessThanEquals', 'GreaterThan', 'GreaterThanEquals']
const operators = [
  ...['Equals', 'NotEquals', 'EqualsIgnoreCase', 'NotEqualsIgnoreCase', 'Like', 'NotLike'].map(
    (one) => `String${one}`,
  ),
  ...compared.flatMap((one) => [`Numeric${one}`, `Date${one}`]),
  ...['Equals', 'NotEquals', 'Like', 'NotLike'].map((one) => `Arn${one}`),
  'Bool',
  'BinaryEquals',
  'IpAddress',
  'NotIpAddress',
]

function conditionFaults(condition: unknown): readonly PolicyFault[] {
  if (!isFields(condition))
    return [{ path: ['Condition'], message: 'has a Condition that is no JSON object' }]
  return Object.entries(condition).flatMap(([operator, keys]) => {
    const path = ['Condition', operator]
    const [, name = ''] = /^(?:(?:ForAnyValue|ForAllValues):)?([A-Za-z]+?)(?:IfExists)?$/.exec(operator) ?? []
    if (operator !== 'Null' && !operators.includes(name)) {
      const meant = suggestion(operator, [...operators, 'Null'])
      return [
        {
          path,
          message: `has the unknown condition operator ${quote(operator)}${meant ? `; did you mean ${meant}?` : ''}`,
        },
      ]
    }
    if (!isFields(keys)) return [{ path, message: `has in ${operator} no keys` }]
    return Object.entries(keys).flatMap(([key, value]) => {
      if (!/^[\w-]+:[^\s]/.test(key))
        return [
          { path: [...path, key], message: `has the condition key ${quote(key)}; a key is service:Name` },
        ]
      const isPlain = [value].flat().every((one) => ['string', 'number', 'boolean'].includes(typeof one))
      return isPlain ? [] : [{ path: [...path, key], message: `has for ${key} what is no text` }]
    })
  })
}

function quote(text: string): string {
  return JSON.stringify(text.length > 80 ? `${text.slice(0, 80)}…` : text)
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
