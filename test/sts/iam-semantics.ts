import { BlockList, isIPv4 } from 'node:net'

/**
 * IAM's evaluation of policies, written from the IAM User Guide alone ("Policy evaluation logic", "IAM JSON policy
 * elements": Action, Resource, Condition operators, multivalued keys, variables), to judge what the product and the
 * local STS make of policies. Nothing of it is taken from either.
 */
export interface Request {
  readonly action: string
  readonly resource: string
  /** Condition keys of the request; an absent one is not there. */
  readonly context: Readonly<Record<string, string | readonly string[]>>
}

export interface Statement {
  readonly Effect: 'Allow' | 'Deny'
  readonly Action?: string | readonly string[]
  readonly NotAction?: string | readonly string[]
  readonly Resource?: string | readonly string[]
  readonly NotResource?: string | readonly string[]
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, Values>>>>
}

type Values = string | boolean | number | readonly (string | boolean | number)[]

export interface Document {
  readonly Version?: string
  readonly Statement: Statement | readonly Statement[]
}

/**
 * "An explicit deny in any of these policies overrides the allow"; else each kind of policy must allow, and within a
 * kind one document does.
 */
export function isAllowed(kinds: readonly (readonly Document[])[], request: Request): boolean {
  if (kinds.some((kind) => kind.some((document) => says(document, 'Deny', request)))) return false
  return kinds.every((kind) => kind.some((document) => says(document, 'Allow', request)))
}

function says(document: Document, effect: Statement['Effect'], request: Request): boolean {
  const { Version, Statement } = document
  const all: readonly Statement[] = ([] as Statement[]).concat(Statement as Statement)
  // "Variables are only available in 2012-10-17"; in older versions they are plain text.
  const variables = Version === '2012-10-17'
  return all.some((one) => one.Effect === effect && applies(one, request, variables))
}

function applies(statement: Statement, request: Request, variables: boolean): boolean {
  const { Action, NotAction, Resource, NotResource, Condition = {} } = statement
  const named = (list: string | readonly string[] | undefined) =>
    ([] as string[]).concat((list ?? []) as string)
  const action = (one: string) => wild(one.toLowerCase(), request.action.toLowerCase())
  const fits = Action === undefined ? !named(NotAction).some(action) : named(Action).some(action)
  if (!fits) return false
  const resource = (one: string) => {
    const pattern = fill(one, request, variables)
    return pattern !== undefined && arnMatches(pattern, request.resource)
  }
  const on = Resource === undefined ? !named(NotResource).some(resource) : named(Resource).some(resource)
  if (!on) return false
  for (const [operator, keys] of Object.entries(Condition))
    for (const [key, values] of Object.entries(keys))
      if (!compares(operator, key, values, request, variables)) return false
  return true
}

type Piece = string | { readonly any: 'one' | 'many' }

/** Text with `*` and `?`, and with `${…}` filled in, whose values are text whatever they hold. */
function fill(text: string, { context }: Request, variables: boolean): readonly Piece[] | undefined {
  const pieces: Piece[] = []
  const wilds = (plain: string) => {
    for (const char of plain)
      pieces.push(char === '*' ? { any: 'many' } : char === '?' ? { any: 'one' } : char)
  }
  if (!variables) {
    wilds(text)
    return pieces
  }
  const found = text.split(/\$\{([^}]*)\}/)
  for (const [index, part] of found.entries()) {
    if (index % 2 === 0) wilds(part)
    else if (part === '*' || part === '?' || part === '$') pieces.push(part)
    else {
      const value = lookUp(context, part)
      // "If the variable has no value, the statement does not match."
      if (typeof value !== 'string') return undefined
      pieces.push(...value)
    }
  }
  return pieces
}

function lookUp(context: Request['context'], key: string) {
  const name = Object.keys(context).find((one) => one.toLowerCase() === key.toLowerCase())
  return name === undefined ? undefined : context[name]
}

function wild(pattern: string, text: string): boolean {
  return piecewise(
    [...pattern].map((char) => (char === '*' ? { any: 'many' } : char === '?' ? { any: 'one' } : char)),
    text,
  )
}

/** Which places of the text are reachable after each piece: no backtracking, no regular expression. */
function piecewise(pieces: readonly Piece[], text: string): boolean {
  let places = new Set([0])
  for (const piece of pieces) {
    const next = new Set<number>()
    for (const at of places) {
      if (typeof piece === 'string') {
        if (text[at] === piece) next.add(at + 1)
      } else if (piece.any === 'one') {
        if (at < text.length) next.add(at + 1)
      } else for (let to = at; to <= text.length; to++) next.add(to)
    }
    places = next
  }
  return places.has(text.length)
}

/** "If the * wildcard is the last character of a resource ARN segment, it can expand beyond the colon boundaries." */
function arnMatches(pattern: readonly Piece[], resource: string): boolean {
  let places = new Set([0])
  for (const [index, piece] of pattern.entries()) {
    const next = new Set<number>()
    const isLast = index + 1 === pattern.length || pattern[index + 1] === ':'
    for (const at of places) {
      if (typeof piece === 'string') {
        if (resource[at] === piece) next.add(at + 1)
      } else if (piece.any === 'one') {
        if (at < resource.length && resource[at] !== ':') next.add(at + 1)
      } else
        for (let to = at; to <= resource.length; to++) {
          next.add(to)
          if (resource[to] === ':' && !isLast) break
        }
    }
    places = next
  }
  return places.has(resource.length)
}

type Test = (actual: string, wanted: string, pieces: readonly Piece[]) => boolean

const numbers =
  (holds: (actual: number, wanted: number) => boolean): Test =>
  (actual, wanted) =>
    holds(Number(actual), Number(wanted))

const inNetwork: Test = (actual, wanted) => {
  const [network = '', bits = '32'] = wanted.split('/')
  if (!isIPv4(actual) || !isIPv4(network)) return false
  const list = new BlockList()
  list.addSubnet(network, Number(bits), 'ipv4')
  return list.check(actual)
}

const plain = (pieces: readonly Piece[]) =>
  pieces.map((piece) => (typeof piece === 'string' ? piece : piece.any === 'one' ? '?' : '*')).join('')

const tests: Readonly<Record<string, Test>> = {
  StringEquals: (actual, _wanted, pieces) => actual === plain(pieces),
  StringEqualsIgnoreCase: (actual, _wanted, pieces) => actual.toLowerCase() === plain(pieces).toLowerCase(),
  StringLike: (actual, _wanted, pieces) => piecewise(pieces, actual),
  NumericEquals: numbers((a, b) => a === b),
  NumericLessThan: numbers((a, b) => a < b),
  NumericGreaterThanEquals: numbers((a, b) => a >= b),
  Bool: (actual, wanted) => actual.toLowerCase() === wanted.toLowerCase(),
  IpAddress: inNetwork,
  DateGreaterThanEquals: (actual, wanted) => Date.parse(actual) >= Date.parse(wanted),
  DateLessThan: (actual, wanted) => Date.parse(actual) < Date.parse(wanted),
}

const opposites: Readonly<Record<string, string>> = {
  StringNotEquals: 'StringEquals',
  StringNotEqualsIgnoreCase: 'StringEqualsIgnoreCase',
  StringNotLike: 'StringLike',
  NumericNotEquals: 'NumericEquals',
  NotIpAddress: 'IpAddress',
}

function compares(
  operator: string,
  key: string,
  given: Values,
  request: Request,
  variables: boolean,
): boolean {
  const wanted = ([] as (string | number | boolean)[]).concat(given as string).map(String)
  const value = lookUp(request.context, key)
  const actual = value === undefined ? [] : ([] as string[]).concat(value as string)
  if (operator === 'Null') return wanted.some((one) => (one === 'true') === (actual.length === 0))
  const [set, rest = ''] = operator.includes(':') ? operator.split(':') : [undefined, operator]
  const ifExists = rest.endsWith('IfExists')
  const name = ifExists ? rest.slice(0, -'IfExists'.length) : rest
  const negated = Object.hasOwn(opposites, name)
  const test = tests[negated ? (opposites[name] ?? '') : name]
  if (test === undefined) throw new TypeError(`unknown operator ${operator}`)
  const one = (text: string) => {
    const hit = wanted.some((value) => {
      const pieces = fill(value, request, variables)
      return pieces !== undefined && test(text, value, pieces)
    })
    return negated ? !hit : hit
  }
  if (set === 'ForAllValues') return actual.every(one)
  if (set === 'ForAnyValue') return actual.some(one)
  if (actual.length === 0) return ifExists || negated
  return negated ? actual.every(one) : actual.some(one)
}
