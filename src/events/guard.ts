import { toUSVString } from 'node:util'

/** Parts of a field's name, in small letters and without separators, that mean a secret. */
const secretName =
  /secret|token|password|passwd|passphrase|assertion|samlresponse|cookie|authorization|bearer|privatekey|signingkey|devicecode|usercode|codeverifier|authcode|apikey|signature/

/** True when a field of this name would hold something that opens a door. */
export function isSecretName(name: string): boolean {
  return secretName.test(name.toLowerCase().replace(/[^a-z0-9]/g, ''))
}

/** Longest text by field; what a stranger can write freely is short. */
const longest: Readonly<Record<string, number>> = { userAgent: 512, detail: 2000, message: 2000 }
const longestElsewhere = 2048
const deepest = 5

/**
 * A copy of the event that may be written: plain data, texts bounded and without control characters. Throws
 * `TypeError` when a field anywhere in it is named like a secret or holds something that is no plain data.
 */
export function guard<T extends object>(event: T): T {
  return plain(event, 'event', 0) as T
}

function plain(value: unknown, name: string, depth: number): unknown {
  if (typeof value === 'string') return cleanText(value, longest[name] ?? longestElsewhere)
  if (value === null || typeof value === 'boolean') return value
  if (typeof value === 'number' && Number.isFinite(value)) return value
  if (typeof value !== 'object' || depth > deepest)
    throw new TypeError(`the event field “${name}” is no plain data`)
  if (Array.isArray(value)) return value.map((item) => plain(item, name, depth + 1))
  if (Object.getPrototypeOf(value) !== Object.prototype) {
    throw new TypeError(`the event field “${name}” is no plain data`)
  }
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, item]) => {
      if (isSecretName(key)) throw new TypeError(`an event never carries a field “${cleanText(key, 40)}”`)
      return item === undefined ? [] : [[key, plain(item, key, depth + 1)]]
    }),
  )
}

/** Controls, line separators, and marks that change the direction of writing: they would forge what a log shows. */
const unseen = /[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/g

/** Text that can be shown in a terminal: controls become `\u{1b}`, and it ends with `…` where it was cut. */
export function cleanText(text: string, atMost: number): string {
  const cut = text.length > atMost ? `${text.slice(0, atMost - 1)}…` : text
  return toUSVString(cut).replace(unseen, (c) => `\\u{${c.charCodeAt(0).toString(16)}}`)
}
