/** The few DER types (ITU-T X.690) that a certificate needs. Each function returns one encoded value. */

function value(tag: number, ...content: readonly Buffer[]): Buffer {
  const body = Buffer.concat(content)
  if (body.length < 0x80) return Buffer.concat([Buffer.from([tag, body.length]), body])
  const length: number[] = []
  for (let rest = body.length; rest > 0; rest >>= 8) length.unshift(rest & 0xff)
  return Buffer.concat([Buffer.from([tag, 0x80 | length.length, ...length]), body])
}

export function sequence(...content: readonly Buffer[]): Buffer {
  return value(0x30, ...content)
}

export function set(...content: readonly Buffer[]): Buffer {
  return value(0x31, ...content)
}

/** A non-negative integer from its big-endian bytes; the first byte must not have its top bit set. */
export function integer(bytes: Buffer): Buffer {
  return value(0x02, bytes)
}

export function bool(truth: boolean): Buffer {
  return value(0x01, Buffer.from([truth ? 0xff : 0]))
}

export function octets(content: Buffer): Buffer {
  return value(0x04, content)
}

export function bitString(content: Buffer): Buffer {
  return value(0x03, Buffer.from([0]), content)
}

export function utf8(text: string): Buffer {
  return value(0x0c, Buffer.from(text, 'utf8'))
}

/** Context-specific, constructed: `[n] EXPLICIT`. */
export function explicit(n: number, content: Buffer): Buffer {
  return value(0xa0 | n, content)
}

/** Context-specific, primitive: `[n] IMPLICIT` over the bytes of a text or a number. */
export function implicit(n: number, content: Buffer): Buffer {
  return value(0x80 | n, content)
}

/** An object identifier from its dotted form. */
export function oid(dotted: string): Buffer {
  const [first = 0, second = 0, ...rest] = dotted.split('.').map(Number)
  const bytes = [first * 40 + second]
  for (const arc of rest) {
    const groups = [arc & 0x7f]
    for (let high = arc >>> 7; high > 0; high >>>= 7) groups.unshift((high & 0x7f) | 0x80)
    bytes.push(...groups)
  }
  return value(0x06, Buffer.from(bytes))
}

/** Epoch milliseconds as UTCTime before 2050 and GeneralizedTime after (RFC 5280 §4.1.2.5). */
export function time(milliseconds: number): Buffer {
  const digits = new Date(milliseconds).toISOString().replace(/[-:T]|\.\d+/g, '')
  if (digits < '2050') return value(0x17, Buffer.from(digits.slice(2), 'latin1'))
  return value(0x18, Buffer.from(digits, 'latin1'))
}
