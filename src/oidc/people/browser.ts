import { createHash, timingSafeEqual } from 'node:crypto'

/** SHA-256, so that the store holds nothing that opens a sign-in. */
export function hash(text: string): string {
  return createHash('sha256').update(text).digest('base64url')
}

/** Compares in constant time. */
export function equal(a: string, b: string): boolean {
  const [left, right] = [Buffer.from(a), Buffer.from(b)]
  return left.length === right.length && timingSafeEqual(left, right)
}
