/** What can be said about a regular expression by reading it once. */
export interface PatternShape {
  /** It must match a value from the first character to the last. */
  readonly anchored: boolean
  /** Pieces of text, in small letters, that every matching value contains. None when nothing is certain. */
  readonly literals: readonly string[]
  /** Text that every matching value begins and ends with. */
  readonly prefix: string
  readonly suffix: string
  /** The one value it matches, when it is plain text between `^` and `$`. */
  readonly exact?: string
}

const nothingCertain: PatternShape = { anchored: false, literals: [], prefix: '', suffix: '' }

/** Flags, look-around and quoting change what the rest of an expression means. */
const unusualSyntax = /\(\?(?!:|P?<[A-Za-z_])|\\Q/
const repetition = /^(?:[*+?]|\{\d+(?:,\d*)?\})\??/
const groupOpening = /^\((?:\?(?::|P?<\w+>))?/
const oneCharacterEscape = /^[dDwWsSbB]$/
const punctuation = /^[!-/:-@[-`{-~]$/

type Token = { readonly kind: 'character' | 'begin' | 'end' | 'group' | 'other'; readonly text: string }

/**
 * Reads an expression that RE2 accepts. Errs on the side of fewer literals and of "not anchored": an index
 * built from the literals may try a pattern in vain, but never leaves one out.
 */
export function patternShape(source: string): PatternShape {
  const ignoresCase = source.startsWith('(?i)')
  const body = ignoresCase ? source.slice(4) : source
  const tokens = unusualSyntax.test(body) ? undefined : readTokens(body)
  if (!tokens) return nothingCertain
  const anchored = tokens[0]?.kind === 'begin' && tokens.at(-1)?.kind === 'end'
  const inner = tokens.slice(1, -1)
  const literals = literalsOf(tokens)
  if (!anchored || ignoresCase) return { ...nothingCertain, anchored, literals }
  const prefix = leadingText(inner)
  const suffix = trailingText(inner)
  const isPlain = inner.every(({ kind }) => kind === 'character')
  return { anchored, literals, prefix, suffix, ...(isPlain && { exact: prefix }) }
}

/** True when it can be seen that no value matches: text before the beginning, or behind the end. */
export function isImpossible(source: string): boolean {
  const body = source.replace(/^\(\?i\)/, '')
  const tokens = unusualSyntax.test(body) ? [] : (readTokens(body) ?? [])
  const isText = ({ kind }: Token) => kind === 'character'
  const begin = tokens.findLastIndex(({ kind }) => kind === 'begin')
  const end = tokens.findIndex(({ kind }) => kind === 'end')
  return tokens.slice(0, Math.max(0, begin)).some(isText) || (end >= 0 && tokens.slice(end).some(isText))
}

/** The small letters of a text, as far as RE2 takes letters for the same when it ignores case. */
export function foldCase(text: string): string {
  return text.toLowerCase().replaceAll('\u017f', 's')
}

/** The expression as a sequence; a repeated token becomes `other`. Undefined: it is no plain sequence. */
function readTokens(source: string): readonly Token[] | undefined {
  const tokens: Token[] = []
  for (let at = 0; at < source.length; ) {
    const token = nextToken(source, at)
    if (!token) return undefined
    at += token.text.length
    const repeated = repetition.exec(source.slice(at, at + 16))?.[0] ?? ''
    at += repeated.length
    tokens.push(repeated === '' ? token : { kind: 'other', text: token.text + repeated })
  }
  return tokens
}

function leadingText(tokens: readonly Token[]): string {
  let run = ''
  for (const token of tokens) {
    if (token.kind === 'group') return run + leadingText(insideOf(token))
    if (token.kind !== 'character') break
    run += token.text.slice(-1)
  }
  return run
}

function trailingText(tokens: readonly Token[]): string {
  let run = ''
  for (const token of tokens.toReversed()) {
    if (token.kind === 'group') return trailingText(insideOf(token)) + run
    if (token.kind !== 'character') break
    run = token.text.slice(-1) + run
  }
  return run
}

/** The sequence in a group; none when it holds alternatives. */
function insideOf({ text }: Token): readonly Token[] {
  return readTokens(text.slice(groupOpening.exec(text)?.[0].length, -1)) ?? []
}

/** Runs of two characters and more, also those inside of groups. */
function literalsOf(tokens: readonly Token[]): readonly string[] {
  const literals: string[] = []
  let run = ''
  const endRun = () => {
    if (run.length > 1) literals.push(foldCase(run))
    run = ''
  }
  for (const token of tokens) {
    if (token.kind === 'character') {
      run += token.text.slice(-1)
      continue
    }
    endRun()
    if (token.kind === 'group') literals.push(...literalsOf(insideOf(token)))
  }
  endRun()
  return literals
}

/** Undefined: an alternation on the top level, or something this reader does not know. */
function nextToken(source: string, at: number): Token | undefined {
  const character = source[at] ?? ''
  if (character === '^') return { kind: 'begin', text: '^' }
  if (character === '$') return { kind: 'end', text: '$' }
  if (character === '.') return { kind: 'other', text: '.' }
  if (character === '\\') return escapeToken(source.slice(at, at + 2))
  if (character === '[') return { kind: 'other', text: source.slice(at, endOfClass(source, at)) }
  if (character === '(') return { kind: 'group', text: source.slice(at, endOfGroup(source, at)) }
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
