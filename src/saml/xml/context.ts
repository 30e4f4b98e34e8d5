import type { Scope } from './element.ts'

/**
 * An element's text as a document that other parsers can read: inside an element that declares the namespaces of the
 * place where it belongs (XML Encryption 1.1 §4.3.3). `bytes` were scanned in that scope and found well-formed.
 */
export function withContext(bytes: Buffer, scope: Scope | undefined): Buffer {
  const declared = new Map<string, string>()
  for (let at = scope; at !== undefined; at = at.outer) {
    if (!declared.has(at.prefix)) declared.set(at.prefix, at.uri)
  }
  let start = '<context'
  for (const [prefix, uri] of declared) start += `${prefix === '' ? ' xmlns' : ` xmlns:${prefix}`}="${uri}"`
  return Buffer.concat([Buffer.from(`${start}>`, 'latin1'), withoutProlog(bytes), Buffer.from('</context>')])
}

/** Byte order mark and XML declaration may stand at the start of a document only. */
function withoutProlog(bytes: Buffer): Buffer {
  const body = bytes.subarray(0, 3).equals(mark) ? bytes.subarray(3) : bytes
  return body.subarray(0, 5).toString('latin1') === '<?xml' ? body.subarray(body.indexOf('?>') + 2) : body
}

const mark = Buffer.from([0xef, 0xbb, 0xbf])
