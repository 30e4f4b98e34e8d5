import { Refusal } from '../../core/index.ts'

/** A place in the history by time, or by the order of arrival. */
export interface Place {
  readonly at: number
  readonly row: number
}

type Kind = 'newest' | 'oldest' | 'after'

const letters = { newest: 'n', oldest: 'o', after: 'a' } as const

/** Opaque to whoever gets it: what is in here may change, so that nobody builds upon it. */
export function cursorOf(kind: Kind, epoch: string, { at, row }: Place): string {
  return Buffer.from(`${letters[kind]}.${epoch}.${at}.${row}`).toString('base64url')
}

/** Throws `invalid_request` when it is none, of another question, or of another database. */
export function readCursor(kind: Kind, epoch: string, cursor: string): Place {
  const text = Buffer.from(cursor.slice(0, 200), 'base64url').toString('latin1')
  const [, letter, whose, at, row] = /^([noa])\.([\w-]{1,40})\.(\d{1,16})\.(\d{1,16})$/.exec(text) ?? []
  if (letter === undefined) throw badCursor('This cursor is none: take it as it was given.')
  // The cursor of a record is its place in either order of time too: pages are turned from it both ways.
  if (letter !== letters[kind] && !(kind !== 'after' && letter === letters.after))
    throw badCursor('This cursor belongs to another kind of question, or to another order.')
  if (whose !== epoch)
    throw badCursor(
      'This cursor is of a history that is gone. Begin anew, without one; known ids tell what you had.',
    )
  return { at: Number(at), row: Number(row) }
}

function badCursor(say: string): Refusal {
  return new Refusal('invalid_request', `cursor: ${say}`, { say })
}
