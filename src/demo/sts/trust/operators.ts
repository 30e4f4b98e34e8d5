import { BlockList, isIP } from 'node:net'

/** Compares one value of the request with one value of the policy; undefined when either cannot be read. */
type Test = (actual: string, expected: string) => boolean | undefined

/** An IAM condition operator (IAM User Guide, "JSON policy elements: Condition operators"). */
export interface Operator {
  readonly test: Test
  /** The condition holds when no policy value matches, and when the key is absent. */
  readonly negated: boolean
}

const like: Test = (actual, expected) => matchesGlob(actual, expected)

const w3cDate = /^\d{4}-\d\d-\d\d(?:T\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:\d\d))?$/

/** A W3C date or epoch seconds; four digits alone could be either. */
function date(text: string): number {
  if (/^\d{9,12}$/.test(text)) return Number(text) * 1000
  return w3cDate.test(text) ? Date.parse(text) : Number.NaN
}

function number(text: string): number {
  return /^[+-]?\d+(?:\.\d+)?$/.test(text) ? Number(text) : Number.NaN
}

function comparisons(name: string, read: (text: string) => number): Record<string, Operator> {
  const by = (test: (a: number, b: number) => boolean, negated = false): Operator => ({
    negated,
    test: (actual, expected) => {
      const [a, b] = [read(actual), read(expected)]
      return Number.isNaN(a) || Number.isNaN(b) ? undefined : test(a, b)
    },
  })
  return {
    [`${name}Equals`]: by((a, b) => a === b),
    [`${name}NotEquals`]: by((a, b) => a === b, true),
    [`${name}LessThan`]: by((a, b) => a < b),
    [`${name}LessThanEquals`]: by((a, b) => a <= b),
    [`${name}GreaterThan`]: by((a, b) => a > b),
    [`${name}GreaterThanEquals`]: by((a, b) => a >= b),
  }
}

function pair(names: readonly [string, string], test: Test): Record<string, Operator> {
  return { [names[0]]: { test, negated: false }, [names[1]]: { test, negated: true } }
}

const operators: Readonly<Record<string, Operator>> = {
  ...pair(['StringEquals', 'StringNotEquals'], (a, b) => a === b),
  ...pair(
    ['StringEqualsIgnoreCase', 'StringNotEqualsIgnoreCase'],
    (a, b) => a.toLowerCase() === b.toLowerCase(),
  ),
  ...pair(['StringLike', 'StringNotLike'], like),
  ...pair(['ArnEquals', 'ArnNotEquals'], sameArn),
  ...pair(['ArnLike', 'ArnNotLike'], sameArn),
  ...pair(['IpAddress', 'NotIpAddress'], inNetwork),
  ...comparisons('Numeric', number),
  ...comparisons('Date', date),
  Bool: { test: sameTruth, negated: false },
}

/** "Each of the six colon-delimited components of the ARN is checked separately"; the last may hold colons. */
function sameArn(actual: string, expected: string): boolean | undefined {
  const [parts, patterns] = [actual, expected].map((arn) =>
    /^([^:]*):([^:]*):([^:]*):([^:]*):([^:]*):(.*)$/s.exec(arn),
  )
  if (!parts || !patterns) return undefined
  return patterns.slice(1).every((pattern, index) => matchesGlob(parts[index + 1] ?? '', pattern))
}

function sameTruth(actual: string, expected: string): boolean | undefined {
  const [a, b] = [actual.toLowerCase(), expected.toLowerCase()]
  return [a, b].every((one) => one === 'true' || one === 'false') ? a === b : undefined
}

export function operatorNamed(name: string): Operator | undefined {
  return Object.hasOwn(operators, name) ? operators[name] : undefined
}

/** `*` is any text, `?` one character; takes time proportional to the product of the lengths at most. */
export function matchesGlob(text: string, pattern: string): boolean {
  let t = 0
  let p = 0
  let star = -1
  let resume = 0
  while (t < text.length) {
    if (pattern[p] === '*') {
      star = p++
      resume = t
    } else if (p < pattern.length && (pattern[p] === '?' || pattern[p] === text[t])) {
      p++
      t++
    } else if (star >= 0) {
      p = star + 1
      t = ++resume
    } else {
      return false
    }
  }
  while (pattern[p] === '*') p++
  return p === pattern.length
}

/** An address in a network in CIDR notation; undefined when either is unreadable. */
function inNetwork(address: string, network: string): boolean | undefined {
  const [base = '', bits, ...more] = network.split('/')
  const version = isIP(base)
  const width = version === 4 ? 32 : 128
  const prefix = bits === undefined ? width : /^\d{1,3}$/.test(bits) ? Number(bits) : -1
  if (version === 0 || isIP(address) === 0 || more.length > 0 || prefix < 0 || prefix > width)
    return undefined
  if (isIP(address) !== version) return false
  const family = version === 4 ? 'ipv4' : 'ipv6'
  const list = new BlockList()
  list.addSubnet(base, prefix, family)
  return list.check(address, family)
}
