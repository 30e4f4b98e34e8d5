import { createHash } from 'node:crypto'
import { Refusal } from '../../core/index.ts'
import type { Claim, Opinion } from './opinion.ts'

/**
 * Asks for a second opinion on a signature that we found valid. Throws `Refusal('verifiers_disagree')` with the
 * hashes of both canonical forms unless the other finds the same bytes signed.
 */
export function confirm(opinion: Opinion | undefined, claim: Claim, ours: Buffer): void {
  if (opinion === undefined) return
  const theirs = ask(opinion, claim)
  if (Buffer.isBuffer(theirs) && theirs.equals(ours)) return
  const found = Buffer.isBuffer(theirs) ? `signs ${hash(theirs)}` : theirs
  throw new Refusal(
    'verifiers_disagree',
    `${claim.local}: ours signs ${hash(ours)}, the second opinion ${found}`,
  )
}

function ask(opinion: Opinion, claim: Claim): Buffer | string {
  try {
    return opinion(claim) ?? 'finds no valid signature'
  } catch (error) {
    return `failed: ${(error as Error).message.slice(0, 200)}`
  }
}

function hash(bytes: Buffer): string {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`
}
