import { createCipheriv, createDecipheriv, createHmac } from 'node:crypto'
import { Refusal } from '../../core/index.ts'

/** A place in the history by time, or by the order of arrival. */
export interface Place {
  readonly at: number
  readonly row: number
}

type Kind = 'newest' | 'oldest' | 'after'

const letters = { newest: 'n', oldest: 'o', after: 'a' } as const

const algorithm = 'aes-256-gcm'
const [nonceBytes, tagBytes] = [12, 16]

/**
 * Sealed by the key of its database: how many records there are, and when others had theirs, is nobody's business who may only
 * read their own. The same place has the same cursor, so that a follower sees that nothing came: the nonce (RFC 5116 §3.1 wants
 * it distinct for each text) is made of what is sealed.
 */
export function cursorOf(kind: Kind, key: string, { at, row }: Place): string {
  const plain = `${letters[kind]}.${at}.${row}`
  const nonce = nonceOf(key, plain)
  const cipher = createCipheriv(algorithm, partOf(key, 'cursor'), nonce)
  return Buffer.concat([nonce, cipher.update(plain), cipher.final(), cipher.getAuthTag()]).toString(
    'base64url',
  )
}

/** Throws `invalid_request` when it is none, of another question, or of another database. */
export function readCursor(kind: Kind, key: string, cursor: string): Place {
  const sealed = Buffer.from(cursor.slice(0, 200), 'base64url')
  if (sealed.length <= nonceBytes + tagBytes) throw badCursor('This cursor is none: take it as it was given.')
  const [, letter, at, row] = /^([noa])\.(\d{1,16})\.(\d{1,16})$/.exec(opened(key, sealed) ?? '') ?? []
  if (letter === undefined)
    throw badCursor(
      'This cursor is of a history that is gone, or was changed. Begin anew, without one; known ids tell what you had.',
    )
  // The cursor of a record is its place in either order of time too: pages are turned from it both ways.
  if (letter !== letters[kind] && !(kind !== 'after' && letter === letters.after))
    throw badCursor('This cursor belongs to another kind of question, or to another order.')
  return { at: Number(at), row: Number(row) }
}

function opened(key: string, sealed: Buffer): string | undefined {
  const decipher = createDecipheriv(algorithm, partOf(key, 'cursor'), sealed.subarray(0, nonceBytes), {
    authTagLength: tagBytes,
  })
  decipher.setAuthTag(sealed.subarray(-tagBytes))
  try {
    const plain = decipher.update(sealed.subarray(nonceBytes, -tagBytes))
    return Buffer.concat([plain, decipher.final()]).toString('latin1')
  } catch {
    return undefined
  }
}

const partOf = (key: string, use: string) => createHmac('sha256', key).update(use).digest()
const nonceOf = (key: string, plain: string) =>
  createHmac('sha256', partOf(key, 'nonce')).update(plain).digest().subarray(0, nonceBytes)

function badCursor(say: string): Refusal {
  return new Refusal('invalid_request', `cursor: ${say}`, { say })
}
