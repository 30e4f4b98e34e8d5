import { createHash } from 'node:crypto'
import { isSessionName } from './aws-limits.ts'

const maxLength = 64

/**
 * A RoleSessionName (2–64 characters of `\w+=,.@-`) for any text. Text that AWS takes as it is stays as it
 * is. Otherwise characters are replaced by `-`, and a short hash of the original keeps two people apart
 * whose names would become the same.
 */
export function sessionName(text: string): string {
  if (isSessionName(text)) return text
  const hash = createHash('sha256').update(text, 'utf8').digest('hex').slice(0, 12)
  const readable = text.slice(0, maxLength).replace(/[^\w+=,.@-]+/g, '-')
  return `${readable.slice(0, maxLength - hash.length - 1)}-${hash}`
}
