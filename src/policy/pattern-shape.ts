/** What can be said about a regular expression by reading it once. */
export interface PatternShape {
  /** It must match a value from the first character to the last. */
  readonly anchored: boolean
  /** Pieces of ASCII text that every matching value contains. None when nothing is certain. */
  readonly literals: readonly string[]
}

const nothingCertain: PatternShape = { anchored: false, literals: [] }

/** Flags, look-around and quoting change what the rest of an expression means. */
const unusualSyntax = /\(\?(?!:|P?<[A-Za-z_])|\\Q/
const repetition = /^(?:[*+?]|\{\d+(?:,\d*)?\})\??/
const oneCharacterEscape = /^[dDwWsSbB]$/
const punctuation = /^[!-/:-@[-`{-~]$/

type Token = { readonly kind: 'character' | 'begin' | 'end' | 'other'; readonly text: string }

/**
 * Reads an expression that RE2 accepts. Errs on the side of fewer literals and of "not anchored": an index
 * built from the literals may try a pattern in vain, but never leaves one out.
 */
export function patternShape(source: string): PatternShape {
  if (unusualSyntax.test(source)) return nothingCertain
  const literals: string[] = []
  let run = ''
  const endRun = () => {
    if (run.length > 1) literals.push(run)
    run = ''
  }
  let [begins, ends] = [false, false]
  for (let at = 0; at < source.length; ) {
    const token = nextToken(source, at)
    if (!token) return nothingCertain
    const start = at
    at += token.text.length
    const repeated = repetition.exec(source.slice(at, at + 16))?.[0] ?? ''
    at += repeated.length
    if (token.kind === 'character' && repeated === '') run += token.text.slice(-1)
    else endRun()
    if (start === 0) begins = token.kind === 'begin' && repeated === ''
    ends = token.kind === 'end' && repeated === ''
  }
  endRun()
  return { anchored: begins && ends, literals }
}

/** Undefined: an alternation on the top level, or something this reader does not know. */
function nextToken(source: string, at: number): Token | undefined {
  const character = source[at] ?? ''
  if (character === '^') return { kind: 'begin', text: '^' }
  if (character === '$') return { kind: 'end', text: '$' }
  if (character === '.') return { kind: 'other', text: '.' }
  if (character === '\\') return escapeToken(source.slice(at, at + 2))
  if (character === '[') return { kind: 'other', text: source.slice(at, endOfClass(source, at)) }
  if (character === '(') return { kind: 'other', text: source.slice(at, endOfGroup(source, at)) }
  if ('|)*+?{'.includes(character)) return undefined
  return { kind: character > '~' ? 'other' : 'character', text: character }
}

function escapeToken(text: string): Token | undefined {
  const escaped = text[1] ?? ''
  if (escaped === 'A') return { kind: 'begin', text }
  if (escaped === 'z') return { kind: 'end', text }
  if (oneCharacterEscape.test(escaped)) return { kind: 'other', text }
  return punctuation.test(escaped) ? { kind: 'character', text } : undefined
}

/** The place after a bracket expression that starts at `at`. */
function endOfClass(source: string, at: number): number {
  let end = at + 1
  if (source[end] === '^') end++
  if (source[end] === ']') end++
  while (end < source.length && source[end] !== ']') {
    const named = source.startsWith('[:', end) ? source.indexOf(':]', end) : -1
    if (named > 0) end = named + 2
    else end += source[end] === '\\' ? 2 : 1
  }
  return end + 1
}

/** The place after a group that starts at `at`. */
function endOfGroup(source: string, at: number): number {
  let depth = 0
  for (let end = at; end < source.length; ) {
    const character = source[end]
    if (character === '[') {
      end = endOfClass(source, end)
      continue
    }
    if (character === '(') depth++
    if (character === ')') depth--
    end += character === '\\' ? 2 : 1
    if (depth === 0) return end
  }
  return source.length
}
