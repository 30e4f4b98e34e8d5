import { Refusal } from '../../core/index.ts'
import { field } from '../request.ts'

/** One part of a list, and what to ask the next part with. */
export interface Part<T> {
  readonly items: readonly T[]
  readonly nextToken?: string
}

const most = 100

/**
 * The part of a list that `max_result` (1 to 100) and `next_token` ask for. A token is the place after the last
 * item, not a number of items: what comes or goes meanwhile neither repeats nor hides another.
 */
export function partOf<T>(query: unknown, items: readonly T[], keyOf: (item: T) => string): Part<T> {
  const size = sizeOf(field(query, 'max_result', 16))
  const after = placeOf(field(query, 'next_token', 4096))
  const sorted = items
    .map((item) => ({ item, key: keyOf(item) }))
    .filter(({ key }) => after === undefined || key > after)
    .sort((a, b) => (a.key < b.key ? -1 : Number(a.key > b.key)))
  const part = sorted.slice(0, size)
  const last = part.at(-1)
  return {
    items: part.map(({ item }) => item),
    ...(last &&
      sorted.length > size && { nextToken: Buffer.from(`after ${last.key}`).toString('base64url') }),
  }
}

function sizeOf(text: string | undefined): number {
  if (text === undefined || text === '') return most
  const size = /^\d{1,3}$/.test(text) ? Number(text) : 0
  if (size >= 1 && size <= most) return size
  throw new Refusal('invalid_request', 'max_result', { say: 'max_result must be a number from 1 to 100.' })
}

function placeOf(text: string | undefined): string | undefined {
  if (text === undefined || text === '') return undefined
  const place = /^after ([\s\S]+)$/.exec(Buffer.from(text, 'base64url').toString('utf8'))?.[1]
  if (place !== undefined && /^[\w-]+$/.test(text)) return place
  throw new Refusal('invalid_request', 'next_token', { say: 'next_token is not one of this list.' })
}
