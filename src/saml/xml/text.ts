import { isUtf8 } from 'node:buffer'
import { Refusal } from '../../core/index.ts'

// A document is held as one-byte string: each character is one byte of its UTF-8 form.

// Control characters that XML 1.0 §2.2 forbids, and U+FFFE, U+FFFF as UTF-8 bytes.
const forbidden = /[\x00-\x08\x0b\x0c\x0e-\x1f]|\xef\xbf[\xbe\xbf]/

/**
 * Checks that the bytes are UTF-8 of characters that XML allows and returns them as one-byte string with line
 * ends normalised (XML 1.0 §2.11). A byte order mark is dropped.
 */
export function assertCharacters(bytes: Buffer): string {
  if (!isUtf8(bytes)) throw new Refusal('malformed_message', 'the message is not UTF-8')
  const start = bytes.length > 2 && bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? 3 : 0
  const text = bytes.toString('latin1', start)
  if (forbidden.test(text)) throw new Refusal('malformed_message', 'a character that XML forbids')
  return text.includes('\r') ? text.replaceAll('\r\n', '\n').replaceAll('\r', '\n') : text
}

/** Character data in canonical escaped form (Canonical XML 1.0 §2.3, text nodes). */
export function canonicalText(raw: string, at: number): string {
  if (!/[&>]/.test(raw)) return raw
  if (raw.includes(']]>')) throw new Refusal('malformed_message', `"]]>" in text (byte ${at})`)
  return raw.replace(/&[^;&]*;?|>/g, (found) =>
    found === '>' ? '&gt;' : (textForm[found] ?? escapeText(character(found, at))),
  )
}

/** An attribute value in canonical escaped form (Canonical XML 1.0 §2.3, attribute nodes; XML 1.0 §3.3.3). */
export function canonicalAttribute(raw: string, at: number): string {
  if (!/[&<"\t\n]/.test(raw)) return raw
  return raw.replace(/&[^;&]*;?|[<"\t\n]/g, (found) => {
    if (found === '<') throw new Refusal('malformed_message', `"<" in an attribute (byte ${at})`)
    if (found === '"') return '&quot;'
    if (found === '\t' || found === '\n') return ' '
    return escapeAttribute(character(found, at))
  })
}

const textForm: Readonly<Record<string, string>> = {
  '&amp;': '&amp;',
  '&lt;': '&lt;',
  '&gt;': '&gt;',
  '&quot;': '"',
  '&apos;': "'",
}
const named: Readonly<Record<string, string>> = {
  '&amp;': '&',
  '&lt;': '<',
  '&gt;': '>',
  '&quot;': '"',
  '&apos;': "'",
}

/** The character that a reference stands for, as UTF-8 bytes in a one-byte string. */
function character(reference: string, at: number): string {
  const known = named[reference]
  if (known !== undefined) return known
  const [, hex, decimal] = /^&#(?:x([0-9A-Fa-f]{1,8})|([0-9]{1,8}));$/.exec(reference) ?? []
  const code = hex !== undefined ? Number.parseInt(hex, 16) : decimal !== undefined ? Number(decimal) : -1
  if (!isCharacter(code)) throw new Refusal('malformed_message', `an unknown reference (byte ${at})`)
  return code < 0x80
    ? String.fromCharCode(code)
    : Buffer.from(String.fromCodePoint(code), 'utf8').toString('latin1')
}

/** XML 1.0 §2.2, production [2] Char. */
function isCharacter(code: number): boolean {
  if (code < 0x20) return code === 0x9 || code === 0xa || code === 0xd
  return code <= 0xd7ff || (code >= 0xe000 && code <= 0xfffd) || (code >= 0x10000 && code <= 0x10ffff)
}

/** Escapes text the canonical way. */
export function escapeText(text: string): string {
  return /[&<>\r]/.test(text)
    ? text.replace(/[&<>\r]/g, (c) =>
        c === '&' ? '&amp;' : c === '<' ? '&lt;' : c === '>' ? '&gt;' : '&#xD;',
      )
    : text
}

const attributeForm: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '"': '&quot;',
  '\t': '&#x9;',
  '\n': '&#xA;',
  '\r': '&#xD;',
}

/** Escapes an attribute value the canonical way. */
export function escapeAttribute(value: string): string {
  return /[&<"\t\n\r]/.test(value) ? value.replace(/[&<"\t\n\r]/g, (c) => attributeForm[c] ?? c) : value
}

const canonicalReference: Readonly<Record<string, string>> = {
  '&amp;': '&',
  '&lt;': '<',
  '&gt;': '>',
  '&quot;': '"',
  '&#x9;': '\t',
  '&#xA;': '\n',
  '&#xD;': '\r',
}

/** Reads canonical escaped one-byte text back into an ordinary string. */
export function decode(canonical: string): string {
  const plain = canonical.includes('&')
    ? canonical.replace(/&[^;]+;/g, (reference) => canonicalReference[reference] ?? reference)
    : canonical
  return /[\x80-\xff]/.test(plain) ? Buffer.from(plain, 'latin1').toString('utf8') : plain
}
