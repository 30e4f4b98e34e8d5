import { z } from 'zod'

const advice = 'make one with: openssl rand -base64 32'

/** Fewer than anybody can try, with a wide margin for the roughness of the estimate. */
const leastBits = 80

/** Encrypts what is stored and signs cookies: long, and no letter or word over and over. */
export const secret = z
  .string()
  .min(32, { error: `must have at least 32 characters; ${advice}`, abort: true })
  .refine((text) => estimatedBits(text) >= leastBits, `can be guessed, because it repeats itself; ${advice}`)

/**
 * What the characters and their frequencies tell of a text, as if each were drawn for itself; of a text that repeats
 * a piece, of that piece. It cannot recognise words: it is there for `xxxx…`, not for a determined person.
 */
function estimatedBits(text: string): number {
  const piece = text.slice(0, periodOf(text))
  const counts = new Map<string, number>()
  for (const character of piece) counts.set(character, (counts.get(character) ?? 0) + 1)
  return [...counts.values()].reduce((bits, count) => bits - count * Math.log2(count / piece.length), 0)
}

/** The length of the shortest piece that the text repeats, the last time perhaps in part. */
function periodOf(text: string): number {
  for (let length = 1; length < text.length; length++) {
    if (text.startsWith(text.slice(length))) return length
  }
  return text.length
}
