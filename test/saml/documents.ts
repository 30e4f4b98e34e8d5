import type { Dice } from '../fuzz/random.ts'

// Documents full of what canonicalisation must get right: namespaces declared, hidden, undeclared and unused,
// every way to write a character, attributes in any order and either quote, white space wherever it may stand.

const uris = ['urn:a', 'urn:b', 'urn:c', 'http://example.org/%C3%BC', 'http://example.org/x?y=1;z']
const prefixes = ['a', 'b', 'c', 'xs', 'A'] as const
const locals = ['x', 'y', 'Z', 'long-name.with_1', '_'] as const
const plain = [
  'text',
  ' ',
  '\n',
  '\r\n',
  '\r',
  '\t',
  'é',
  '東京',
  '𝒜',
  'a\u0301',
  '\u00a0',
  '\ufffd',
  '\u0085',
  '\u2028',
]
const references = [
  '&amp;',
  '&lt;',
  '&gt;',
  '&quot;',
  '&apos;',
  '&#13;',
  '&#10;',
  '&#x9;',
  '&#xE9;',
  '&#x1F600;',
]

export interface Document {
  readonly xml: string
  /** IDs of elements in it. */
  readonly ids: readonly string[]
}

/** A well-formed document that our scanner has to accept (ASCII names, absolute ASCII namespace URIs). */
export function randomDocument(roll: Dice): Document {
  const ids: string[] = []
  const space = () => (roll.once(6) ? roll.pick([' ', '\n', '\t', '  ', '\r\n']) : '')
  const quoted = (value: string) => {
    const quote = roll.pick(['"', "'"])
    return `${space()}=${space()}${quote}${value.replaceAll(quote, quote === '"' ? '&quot;' : '&apos;')}${quote}`
  }
  const value = (extra: readonly string[]) => {
    let made = ''
    for (let left = roll.below(5); left > 0; left--)
      made += roll.pick(roll.once(3) ? references : [...plain, ...extra])
    return made
  }
  const element = (depth: number, scope: ReadonlyMap<string, string>): string => {
    const inner = new Map(scope)
    const parts: string[] = []
    for (const prefix of prefixes) {
      if (!roll.once(5)) continue
      inner.set(prefix, roll.pick(uris))
      parts.push(`xmlns:${prefix}${quoted(inner.get(prefix) ?? '')}`)
    }
    if (roll.once(4)) {
      const uri = roll.pick(['', ...uris])
      inner.set('', uri)
      parts.push(`xmlns${quoted(uri)}`)
    }
    const known = [...inner.keys()].filter((prefix) => prefix !== '')
    const prefixed = (local: string) =>
      known.length > 0 && roll.once(2) ? `${roll.pick(known)}:${local}` : local
    parts.push(...attributes(inner, known, roll, (name) => `${name}${quoted(value(["'", '"', '>']))}`))
    if (roll.once(2)) {
      ids.push(`i${ids.length}`)
      parts.push(`ID${quoted(ids.at(-1) ?? '')}`)
    }
    const name = prefixed(roll.pick(locals))
    const tag = [name, ...shuffle(parts, roll)].join(roll.pick([' ', '\n', ' \t', '\r\n ']))
    const children = depth > 5 ? 0 : roll.below(4)
    if (children === 0 && roll.once(2)) return `<${tag}${space()}/>`
    let inside = ''
    for (let child = 0; child < children; child++) {
      if (roll.once(2)) inside += value([]).replaceAll(']]>', '')
      inside += element(depth + 1, inner)
    }
    return `<${tag}${space()}>${inside}${roll.once(2) ? value(['"', "'", '>']) : ''}</${name}${space()}>`
  }
  const head = roll.pick(['', '', '<?xml version="1.0" encoding="UTF-8"?>\n', "<?xml version='1.0'?>"])
  return { xml: `${head}${element(0, new Map())}${roll.pick(['', '\n'])}`, ids }
}

/** Attributes with different expanded names (two prefixes may stand for one namespace). */
function attributes(
  scope: ReadonlyMap<string, string>,
  known: readonly string[],
  roll: Dice,
  make: (name: string) => string,
): string[] {
  const seen = new Set<string>()
  const made: string[] = []
  for (let left = roll.below(4); left > 0; left--) {
    const prefix = known.length > 0 && roll.once(2) ? roll.pick(known) : ''
    const local = roll.pick(locals)
    const expanded = `${prefix === '' ? '' : scope.get(prefix)} ${local}`
    if (seen.has(expanded)) continue
    seen.add(expanded)
    made.push(make(prefix === '' ? local : `${prefix}:${local}`))
  }
  if (roll.once(8)) made.push(make('xml:lang'))
  return made
}

function shuffle<T>(items: T[], roll: Dice): T[] {
  const left = [...items]
  const shuffled: T[] = []
  while (left.length > 0) shuffled.push(...left.splice(roll.below(left.length), 1))
  return shuffled
}

const damages = [
  '<',
  '>',
  '&',
  '"',
  "'",
  '/',
  '=',
  ' ',
  ':',
  ']]>',
  '\u0000',
  '\u0001',
  '\ufffe',
  '&#0;',
  '&#xD800;',
]
const snippets = [
  'xmlns:a=""',
  'xmlns:xml="urn:x"',
  'xmlns:xmlns="urn:x"',
  'xml:id="1x"',
  'ID="i0"',
  '<u:x/>',
  '<x',
  '</x>',
]

/** The document with one to three places damaged; often no longer well-formed. */
export function damaged(xml: string, roll: Dice): string {
  let text = xml
  for (let left = 1 + roll.below(3); left > 0; left--) {
    const at = roll.below(text.length)
    const kind = roll.below(4)
    if (kind === 0) text = text.slice(0, at) + text.slice(at + 1)
    else if (kind === 1) text = text.slice(0, at) + roll.pick(damages) + text.slice(at)
    else if (kind === 2) text = text.slice(0, at) + roll.pick(snippets) + text.slice(at)
    else text = text.slice(0, at) + text.slice(at, at + 1 + roll.below(12)) + text.slice(at)
  }
  // Half a surrogate pair cannot travel as UTF-8.
  return Buffer.from(text, 'utf8').toString('utf8')
}
