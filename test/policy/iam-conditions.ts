/**
 * IAM's condition blocks, written from the IAM User Guide alone ("Condition operators", "Set operators for multivalued
 * context keys", "Variables and tags"), to judge what the product makes of them. Nothing of it is taken from there, and
 * it goes another way on purpose: patterns become regular expressions, addresses large numbers, and what cannot be read
 * is tried both ways.
 */
export type Block = Readonly<Record<string, Readonly<Record<string, readonly string[]>>>>

export interface Request {
  /** Context keys and their values; an absent key is not there. */
  readonly keys: Readonly<Record<string, readonly string[]>>
  /** What `${NAME}` stands for; IAM takes no key with several values as a variable. */
  readonly variables: Readonly<Record<string, readonly string[]>>
}

/** `open`: IAM does not say, because a value cannot be read or a variable has no value. */
export type Verdict = 'holds' | 'fails' | 'open'

/** The verdicts of all comparisons of a block. */
export function judgeBlock(block: Block, request: Request): readonly Verdict[] {
  return Object.entries(block).flatMap(([operator, keys]) =>
    Object.entries(keys).map(([key, wanted]) => judge(operator, request.keys[key] ?? [], wanted, request)),
  )
}

type Piece = { readonly text: string } | 'one' | 'many'
type Cell = boolean | 'open'

function judge(
  written: string,
  actual: readonly string[],
  wanted: readonly string[],
  request: Request,
): Verdict {
  if (written === 'Null') return wanted.includes(actual.length === 0 ? 'true' : 'false') ? 'holds' : 'fails'
  const set = written.startsWith('ForAllValues:')
    ? 'all'
    : written.startsWith('ForAnyValue:')
      ? 'any'
      : 'none'
  const ifExists = written.endsWith('IfExists')
  const name = written.replace(/^For(?:All|Any)Values?:/, '').replace(/IfExists$/, '')
  const positive = name.replace('Not', '')
  const negated = positive !== name
  const values = wanted.map((one) => substitute(one, request, takesVariables(positive)))
  if (values.includes(undefined)) return 'open'
  // "ForAllValues also returns true if there are no keys in the request, or if the key values resolve to a null data set,
  // such as an empty string"; "for no matching key or a null data set, ForAnyValue returns false".
  if (set !== 'none' && actual.every((one) => one === '')) return set === 'all' ? 'holds' : 'fails'
  // "If the key … is not present in the request context, the values do not match"; for a negated one that is true.
  if (set === 'none' && actual.length === 0) return negated || ifExists ? 'holds' : 'fails'
  const cells = actual.map((one) => values.map((value) => compare(positive, one, value ?? [])))
  const everywhere = set === 'all' || (set === 'none' && negated)
  const outcome = (filled: readonly (readonly boolean[])[]) => {
    // "Multiple values are evaluated using a logical OR", with negated operators "a logical NOR".
    const passing = filled.filter((row) => row.includes(true) !== negated).length
    return everywhere ? passing === filled.length : passing > 0
  }
  return bothWays(cells, outcome)
}

/** Whatever cannot be read could be either: only what comes out the same in all worlds is known. */
function bothWays(
  cells: readonly (readonly Cell[])[],
  outcome: (filled: readonly (readonly boolean[])[]) => boolean,
): Verdict {
  const open = cells.flat().filter((cell) => cell === 'open').length
  const seen = new Set<boolean>()
  for (let world = 0; world < 2 ** open; world++) {
    let bit = 0
    seen.add(
      outcome(cells.map((row) => row.map((cell) => (cell === 'open' ? ((world >> bit++) & 1) === 1 : cell)))),
    )
  }
  if (seen.size === 2) return 'open'
  return seen.has(true) ? 'holds' : 'fails'
}

/** "You can use a policy variable … in any condition that involves the string operators or the ARN operators." */
const takesVariables = (operator: string) => operator.startsWith('String') || operator.startsWith('Arn')

function substitute(text: string, { variables }: Request, allowed: boolean): readonly Piece[] | undefined {
  const pieces: Piece[] = []
  for (const [token] of text.matchAll(/\$\{[^}]*\}|./gs)) {
    if (token === '*') pieces.push('many')
    else if (token === '?') pieces.push('one')
    else if (token.length === 1 || !allowed) pieces.push({ text: token })
    else {
      const name = token.slice(2, -1)
      const values = /^[*?$]$/.test(name) ? [name] : (variables[name] ?? [])
      if (values.length !== 1) return undefined
      pieces.push({ text: values[0] ?? '' })
    }
  }
  return pieces
}

const asText = (pieces: readonly Piece[]) =>
  pieces.map((piece) => (piece === 'many' ? '*' : piece === 'one' ? '?' : piece.text)).join('')

function asRegExp(pieces: readonly Piece[]): RegExp {
  const source = pieces.map((piece) =>
    piece === 'many' ? '.*' : piece === 'one' ? '.' : piece.text.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&'),
  )
  return new RegExp(`^${source.join('')}$`, 's')
}

function compare(operator: string, actual: string, wanted: readonly Piece[]): Cell {
  switch (operator) {
    case 'StringEquals':
      return actual === asText(wanted)
    case 'StringEqualsIgnoreCase':
      return actual.toUpperCase() === asText(wanted).toUpperCase()
    case 'StringLike':
      return asRegExp(wanted).test(actual)
    case 'ArnEquals':
    case 'ArnLike':
      return arn(actual, wanted)
    case 'Bool':
      return ordered('Equals', truth(actual), truth(asText(wanted)))
    case 'IpAddress':
      return inNetwork(actual, asText(wanted))
  }
  const [, family = '', order = ''] = /^(Numeric|Date)(\w+)$/.exec(operator) ?? []
  const read = family === 'Date' ? moment : number
  return ordered(order, read(actual), read(asText(wanted)))
}

function ordered(order: string, actual: number, wanted: number): Cell {
  if (Number.isNaN(actual) || Number.isNaN(wanted)) return 'open'
  const sign = Math.sign(actual - wanted)
  if (order === 'Equals') return sign === 0
  const strict = order.startsWith('Less') ? sign < 0 : sign > 0
  return strict || (order.endsWith('Equals') && sign === 0)
}

const number = (text: string) => (/^[-+]?[0-9]+(\.[0-9]+)?$/.test(text) ? Number(text) : Number.NaN)

const truth = (text: string) => ['false', 'true'].indexOf(text.toLowerCase()) + 1 || Number.NaN

/** "ISO 8601 date formats or epoch (UNIX) time". */
function moment(text: string): number {
  if (/^\d{9,12}$/.test(text)) return Number(text)
  const [, year, month, day, , hour, minute, , second, zone] =
    /^(\d{4})-(\d\d)-(\d\d)(T(\d\d):(\d\d)(:(\d\d))?(Z|[+-]\d\d:\d\d))?$/.exec(text) ?? []
  if (year === undefined) return Number.NaN
  const date = new Date(Date.UTC(Number(year), Number(month) - 1, Number(day)))
  if (date.getUTCMonth() !== Number(month) - 1 || date.getUTCDate() !== Number(day)) return Number.NaN
  const [, sign = '+', hours = 0, minutes = 0] = /^([+-])(\d\d):(\d\d)$/.exec(zone ?? '') ?? []
  const offset = (Number(hours) * 60 + Number(minutes)) * (sign === '-' ? -60 : 60)
  return (
    date.getTime() / 1000 + Number(hour ?? 0) * 3600 + Number(minute ?? 0) * 60 + Number(second ?? 0) - offset
  )
}

/** "Each of the six colon-delimited components of the ARN is checked separately." */
function arn(actual: string, wanted: readonly Piece[]): Cell {
  const [, ...parts] = /^(arn):([^:]*):([^:]*):([^:]*):([^:]*):(.*)$/s.exec(actual) ?? []
  if (parts.length === 0) return 'open'
  const chars = wanted.flatMap((piece): Piece[] =>
    typeof piece === 'string' ? [piece] : [...piece.text].map((text) => ({ text })),
  )
  const isColon = (piece: Piece) => typeof piece === 'object' && piece.text === ':'
  const colons = chars.flatMap((piece, at) => (isColon(piece) ? [at] : [])).slice(0, 5)
  if (colons.length < 5) return 'open'
  const edges = [-1, ...colons, chars.length]
  return parts.every((part, index) =>
    asRegExp(chars.slice((edges[index] ?? 0) + 1, edges[index + 1])).test(part),
  )
}

interface Network {
  readonly value: bigint
  readonly width: number
}

function inNetwork(actual: string, wanted: string): Cell {
  const address = readAddress(actual)
  const [base = '', bits] = wanted.split('/')
  const network = readAddress(base)
  if (address === undefined || network === undefined) return 'open'
  if (address.width !== network.width) return false
  const isMapped = network.width === 32 && base.includes(':')
  const prefix = bits === undefined ? network.width : Number(bits) - (isMapped ? 96 : 0)
  const shift = BigInt(network.width - prefix)
  return address.value >> shift === network.value >> shift
}

/** `::ffff:a.b.c.d` is that IPv4 address (RFC 4291 §2.5.5.2). */
function readAddress(text: string): Network | undefined {
  if (/^(0|[1-9]\d{0,2})(\.(0|[1-9]\d{0,2})){3}$/.test(text)) {
    const bytes = text.split('.').map(Number)
    if (bytes.some((byte) => byte > 255)) return undefined
    return { value: bytes.reduce((sum, byte) => sum * 256n + BigInt(byte), 0n), width: 32 }
  }
  const [, mapped] = /^::ffff:([\d.]+)$/i.exec(text) ?? []
  if (mapped !== undefined) return readAddress(mapped)
  if (!/^[0-9a-f:]+$/i.test(text) || !text.includes(':') || text.split('::').length > 2) return undefined
  const [head = [], tail = []] = text
    .split('::')
    .map((half) => half.split(':').filter((group) => group !== ''))
  const zeros = text.includes('::') ? Array<string>(8 - head.length - tail.length).fill('0') : []
  const groups = [...head, ...zeros, ...tail]
  if (groups.length !== 8 || groups.some((group) => group.length > 4)) return undefined
  return { value: groups.reduce((sum, group) => sum * 65_536n + BigInt(`0x${group}`), 0n), width: 128 }
}
