import { Refusal } from '../../core/index.ts'
import { canonicalAttribute } from './text.ts'

/** What a byte may be part of: 1 starts a name, 2 continues one, 4 is white space. */
const classes = new Uint8Array(128)
for (let code = 0; code < 128; code++) {
  const char = String.fromCharCode(code)
  classes[code] = (/[A-Za-z_]/.test(char) ? 3 : /[\d.-]/.test(char) ? 2 : 0) | (/[ \t\n]/.test(char) ? 4 : 0)
}
const declaration =
  /^<\?xml[ \t\n]+version[ \t\n]*=[ \t\n]*(?:"1\.0"|'1\.0')(?:[ \t\n]+encoding[ \t\n]*=[ \t\n]*(?:"[Uu][Tt][Ff]-8"|'[Uu][Tt][Ff]-8'))?(?:[ \t\n]+standalone[ \t\n]*=[ \t\n]*(?:"(?:yes|no)"|'(?:yes|no)'))?[ \t\n]*\?>/

/** A place in the text of one document, and the small things that can be read there. */
export class Cursor {
  protected readonly xml: string
  protected readonly skipComments: boolean
  protected at = 0

  constructor(xml: string, skipComments: boolean) {
    this.xml = xml
    this.skipComments = skipComments
  }

  /** The XML declaration, when there is one (XML 1.0 §2.8). */
  protected declaration(): void {
    if (!this.xml.startsWith('<?xml')) return
    const [match] = declaration.exec(this.xml) ?? []
    if (match === undefined) throw malformed('the XML declaration is not version 1.0 in UTF-8', 0)
    this.at = match.length
  }

  /** White space, and where allowed comments and instructions, outside the root element. */
  protected misc(): void {
    for (;;) {
      this.space()
      if (!this.skipComments || this.xml.charCodeAt(this.at) !== LT) return
      if (this.xml.startsWith('<?', this.at)) this.skip('?>')
      else if (!this.comment()) return
    }
  }

  protected comment(): boolean {
    if (!this.skipComments || !this.xml.startsWith('<!--', this.at)) return false
    const end = this.xml.indexOf('--', this.at + 4)
    if (end < 0 || this.xml.charCodeAt(end + 2) !== GT) throw malformed('a comment is not closed', this.at)
    this.at = end + 3
    return true
  }

  private skip(closing: string): void {
    const end = this.xml.indexOf(closing, this.at)
    if (end < 0) throw malformed('an instruction is not closed', this.at)
    this.at = end + closing.length
  }

  /** An ASCII QName (Namespaces 1.0 §4); SAML has no other names. */
  protected name(what: string): string {
    const { xml } = this
    const start = this.at
    let at = start
    let colon = -1
    if (!hasClass(xml.charCodeAt(at), 1)) throw malformed(`${what} is not allowed here`, at)
    for (;;) {
      const code = xml.charCodeAt(++at)
      if (hasClass(code, 2)) continue
      if (code !== COLON) break
      if (colon >= 0 || !hasClass(xml.charCodeAt(at + 1), 1))
        throw malformed(`${what} is not allowed here`, at)
      colon = at
    }
    this.at = at
    return xml.slice(start, at)
  }

  protected quoted(): string {
    const { xml } = this
    if (xml.charCodeAt(this.at) !== EQ) this.space()
    if (xml.charCodeAt(this.at) !== EQ) throw malformed('an attribute has no value', this.at)
    this.at += 1
    if (xml.charCodeAt(this.at) <= 0x20) this.space()
    const quote = xml.charCodeAt(this.at)
    if (quote !== QUOTE && quote !== APOSTROPHE) throw malformed('an attribute value is not quoted', this.at)
    const end = xml.indexOf(quote === QUOTE ? '"' : "'", this.at + 1)
    if (end < 0) throw malformed('an attribute value is not closed', this.at)
    const value = canonicalAttribute(xml.slice(this.at + 1, end), this.at)
    this.at = end + 1
    return value
  }

  protected space(): boolean {
    const { xml } = this
    let at = this.at
    while (hasClass(xml.charCodeAt(at), 4)) at += 1
    if (at === this.at) return false
    this.at = at
    return true
  }
}

function hasClass(code: number, wanted: number): boolean {
  return code < 0x80 && ((classes[code] as number) & wanted) !== 0
}

export const LT = 0x3c
export const GT = 0x3e
export const SLASH = 0x2f
export const EQ = 0x3d
export const COLON = 0x3a
export const QUOTE = 0x22
export const APOSTROPHE = 0x27

/** A refusal that says what is wrong and where. */
export function malformed(what: string, at: number): Refusal {
  return new Refusal('malformed_message', `${what} (byte ${at})`)
}
