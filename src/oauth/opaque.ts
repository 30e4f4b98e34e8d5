import { createHash, timingSafeEqual } from 'node:crypto'
import type { Random } from '../core/index.ts'

/** 256 random bits as text. The prefix lets a secret scanner find what somebody pasted somewhere. */
export function newOpaque(prefix: string, random: Random): string {
  return `${prefix}${random(32).toString('base64url')}`
}

/** What the store learns of a token or code: enough to find it again, nothing to use it. */
export function fingerprint(opaque: string): string {
  return createHash('sha256').update(opaque).digest('base64url')
}

/** Compares two texts in a time that does not depend on where they differ. */
export function sameText(a: string, b: string): boolean {
  const [left, right] = [a, b].map((text) => createHash('sha256').update(text).digest())
  return left !== undefined && right !== undefined && timingSafeEqual(left, right)
}
