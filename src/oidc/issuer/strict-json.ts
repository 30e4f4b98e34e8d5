/** Objects within objects; a token that nests deeper is no identity token. */
const deepest = 20

/**
 * Reads JSON in which no object names a key twice: readers differ in which of the two they believe (RFC 8259 §4), and
 * the issuer may have meant the other one. Undefined for everything that is no such JSON object.
 */
export function parseStrictObject(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(text)
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined
    return namesEachKeyOnce(text) ? (value as Record<string, unknown>) : undefined
  } catch {
    return undefined
  }
}

/** Walks over text that is JSON already: strings, and what opens and closes; nothing else can hold a key. */
function namesEachKeyOnce(text: string): boolean {
  const open: (Set<string> | 'list')[] = []
  const tokens = /"(?:[^"\\]|\\.)*"|[{}[\]]/gs
  for (const { 0: token, index } of text.matchAll(tokens)) {
    if (token === '{') open.push(new Set())
    else if (token === '[') open.push('list')
    else if (token === '}' || token === ']') open.pop()
    else if (isKey(text, index + token.length)) {
      const keys = open.at(-1)
      const key: string = JSON.parse(token)
      if (!(keys instanceof Set) || keys.has(key)) return false
      keys.add(key)
    }
    if (open.length > deepest) return false
  }
  return true
}

/** A string is a key when a colon follows. */
function isKey(text: string, end: number): boolean {
  let at = end
  while (text[at] === ' ' || text[at] === '\n' || text[at] === '\r' || text[at] === '\t') at++
  return text[at] === ':'
}
