import type { Credentials } from '../core/index.ts'
import { readAnswer } from './aws-error.ts'

type Use = (by: Credentials, onFault?: (error: unknown) => void) => Promise<Credentials>

/**
 * Signs a step with credentials that are kept, and once more with others in their place where AWS's refusal may be
 * theirs: their session was revoked in IAM, or their role deleted and made again.
 * @param keep gives what is kept; what it gives instead of refused ones may be those same, when others are no use
 */
export async function signedByKept(
  keep: (refused?: Credentials) => Promise<Credentials>,
  use: Use,
): Promise<Credentials> {
  const first = await keep()
  let doubt: ReturnType<typeof doubtOf>
  try {
    return await use(first, (error) => {
      doubt = doubtOf(error)
    })
  } catch (refusal) {
    if (doubt === undefined) throw refusal
    const others = await keep(first).catch((error: unknown) => {
      throw doubt === 'certain' ? error : refusal
    })
    if (others.accessKeyId === first.accessKeyId) throw refusal
    return use(others)
  }
}

/** Whether AWS's answer is about who signed. It says AccessDenied of a revoked session and of a closed role alike. */
function doubtOf(error: unknown): 'certain' | 'possible' | undefined {
  const code = readAnswer(error)?.code ?? ''
  if (/^(ExpiredToken|InvalidClientTokenId)$/.test(code)) return 'certain'
  return code === 'AccessDenied' ? 'possible' : undefined
}
