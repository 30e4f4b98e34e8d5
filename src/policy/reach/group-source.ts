/** What the named groups of a pattern take, as patterns of their own; undefined where that cannot be told. */
export function groupSource(pattern: string, name: string): string | undefined {
  const flags = /^\(\?[a-zA-Z]+\)/.exec(pattern)?.[0] ?? ''
  // Between \Q and \E nothing means what it looks like, and flags in the middle hold for a part.
  if (/\\Q|\(\?[a-zA-Z-]+[):]/.test(pattern.slice(flags.length))) return undefined
  const opening = [`(?<${name}>`, `(?P<${name}>`]
  const tokens = tokensOf(pattern)
  const from = tokens.findIndex((token) => opening.includes(token))
  if (from < 0) return undefined
  const inside: string[] = []
  let depth = 0
  for (const token of tokens.slice(from + 1)) {
    if (token === ')' && depth-- === 0) return flags + inside.join('')
    if (token.startsWith('(')) depth++
    // Within a longer text they would look at other neighbours.
    if (['^', '$', '\\b', '\\B', '\\A', '\\z', '\\Z'].includes(token)) return undefined
    // Its own names would stand beside those of other groups.
    inside.push(/^\(\?P?</.test(token) ? '(?:' : token)
  }
  return undefined
}

/** Escapes, classes and openings of groups as one token each. */
function tokensOf(pattern: string): readonly string[] {
  return pattern.match(/\\[\s\S]|\[\^?\]?(?:\\[\s\S]|\[:\^?\w+:\]|[^\]\\])*\]|\(\?P?<\w+>|[\s\S]/g) ?? []
}

/** The texts that a pattern of the shape `Admin|ReadOnly` takes; undefined for any other shape. */
export function textsOf(source: string): readonly string[] | undefined {
  const texts = source.split('|').map((one) => one.replace(/\\([^\w\s])/g, '\0$1'))
  const isPlain = texts.every((one) => /^(?:[A-Za-z0-9_=,@/-]|\0[\x21-\x7e])+$/.test(one))
  return isPlain ? [...new Set(texts.map((one) => one.replaceAll('\0', '')))] : undefined
}
