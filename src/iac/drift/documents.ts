/** The JSON documents of a text: one, or pages one behind the other as `aws --no-paginate` in a loop leaves them. */
export function documentsIn(text: string): readonly unknown[] {
  const whole = parsed(text)
  if (whole !== undefined) return [whole].flat()
  return piecesOf(text).flatMap((piece, index) => {
    const document = parsed(piece)
    if (document === undefined)
      throw new Error(`is no JSON (${index === 0 ? 'from its start' : `behind document ${index}`})`)
    return [document].flat()
  })
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown
  } catch {
    return undefined
  }
}

/** Cuts behind each brace or bracket that closes the outermost one. */
function piecesOf(text: string): readonly string[] {
  const pieces: string[] = []
  let [depth, start, inText] = [0, 0, false]
  for (let at = 0; at < text.length; at++) {
    const char = text[at]
    if (inText) {
      if (char === '\\') at++
      else if (char === '"') inText = false
    } else if (char === '"') inText = true
    else if (char === '{' || char === '[') depth++
    else if ((char === '}' || char === ']') && --depth === 0) {
      pieces.push(text.slice(start, at + 1))
      start = at + 1
    }
  }
  const rest = text.slice(start)
  return rest.trim() === '' ? pieces : [...pieces, rest]
}
