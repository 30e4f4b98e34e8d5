/** Gives up after so many milliseconds, and says so. The signal is for every request and every body on the way. */
export async function within<T>(
  milliseconds: number,
  from: string,
  ask: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  try {
    return await ask(AbortSignal.timeout(milliseconds))
  } catch (error) {
    if (isTimeout(error)) throw new Error(`no answer within ${milliseconds / 1000} s from ${from}`)
    throw error
  }
}

function isTimeout(error: unknown): boolean {
  return error instanceof Error && (error.name === 'TimeoutError' || isTimeout(error.cause))
}

/** The text of an answer. A server that never stops talking must not fill the memory; `what` names it in the fault. */
export async function boundedText(response: Response, most: number, what: string): Promise<string> {
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of response.body ?? []) {
    size += chunk.length
    if (size > most) throw new Error(`${what} is larger than ${most} bytes`)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}

/** The innermost cause, in words: "connect ECONNREFUSED 127.0.0.1:9" says more than "fetch failed". */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const cause = error.cause instanceof Error ? reasonOf(error.cause) : ''
  return cause === '' ? error.message : cause
}
