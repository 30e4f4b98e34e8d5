/**
 * What a terminal would obey or what shows as nothing: controls (C0, C1), direction and other format characters,
 * separators of lines and paragraphs, halves of characters. The two joiners stay; names are written with them.
 */
const unseen = /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}]|(?![\u200c\u200d])\p{Cf}/gu

/** One line of text from elsewhere without what would move the cursor or hide words; numbers as digits, empty for what is neither. */
export function plain(text: unknown): string {
  if (typeof text === 'number') return String(text)
  return typeof text === 'string' ? text.replace(/[\t\r\n]+/g, ' ').replace(unseen, '') : ''
}

/** The same text with what nobody would see written out, `\u202e`, for those who look for it; one line. */
export function visible(text: string): string {
  return text.replace(unseen, escaped)
}

/** As `visible`, but lines stay lines and tabs stay tabs. */
export function visibleLines(text: string): string {
  return text.replace(unseen, (one, at: number) =>
    one === '\n' || one === '\t' || (one === '\r' && text[at + 1] === '\n') ? one : escaped(one),
  )
}

/** As JSON writes it too, so a document stays the same document. */
function escaped(character: string): string {
  const units = Array.from({ length: character.length }, (_, at) => character.charCodeAt(at))
  return units.map((unit) => `\\u${unit.toString(16).padStart(4, '0')}`).join('')
}
