import { Composer, CST, type Document, type LineCounter, Parser } from 'yaml'

/** No configuration comes near it. Deeper text ends a process: the parser calls itself for each level. */
const deepest = 100

/**
 * Parses one document of YAML without judging whether keys are unique, which takes the parser the square of their number
 * and which it does by type: `1` and `"1"` are one key here. `tooDeepAt` and `second` say
 * where it nests too deep, and where another document begins.
 */
export function parseYaml(
  text: string,
  lineCounter: LineCounter,
):
  | { readonly document: Document.Parsed; readonly second: number | undefined }
  | { readonly tooDeepAt: number } {
  const tokens = [...new Parser(lineCounter.addNewLine).parse(text)]
  const at = tooDeep(tokens)
  if (at !== undefined) return { tooDeepAt: at }
  const composer = new Composer({ prettyErrors: false, uniqueKeys: false })
  const [document, second] = [...composer.compose(tokens, true, text.length)]
  if (document === undefined) throw new TypeError('the parser made no document of it')
  return { document: document as Document.Parsed, second: second?.range?.[0] }
}

/** Where a collection begins that lies too deep; undefined when none does. Goes level by level, not by calls. */
function tooDeep(tokens: readonly CST.Token[]): number | undefined {
  let level: readonly CST.Token[] = tokens.flatMap((token) =>
    token.type === 'document' ? (token.value ?? []) : [],
  )
  for (let depth = 0; depth <= deepest; depth++) {
    level = level
      .filter(CST.isCollection)
      .flatMap(({ items }) => items.flatMap(({ key, value }) => [key ?? [], value ?? []].flat()))
    if (level.length === 0) return undefined
  }
  return level.find(CST.isCollection)?.offset
}
