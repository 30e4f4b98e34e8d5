import type { Fetch } from '../../core/index.ts'

/** Bytes and milliseconds that an issuer gets for one document; real ones need a hundredth of it. */
const most = 256 * 1024
const patience = 5000

/**
 * One small document of an issuer. Rejects with a sentence. Redirects are not followed: only addresses that the
 * configuration names are asked, so nobody who can answer there leads the bridge elsewhere.
 */
export async function downloadText(fetch: Fetch, url: string): Promise<string> {
  try {
    const signal = AbortSignal.timeout(patience)
    const response = await fetch(url, {
      headers: { accept: 'application/json' },
      signal,
      redirect: 'manual',
    })
    if (response.status >= 300 && response.status < 400) {
      await response.body?.cancel()
      throw new Error(`${url} redirects, which is not followed; name the final address as jwks`)
    }
    if (!response.ok) {
      await response.body?.cancel()
      throw new Error(`${url} answered ${response.status}`)
    }
    return await boundedText(response, url)
  } catch (error) {
    throw new Error(reasonOf(error, url), { cause: error })
  }
}

/** An issuer that never stops talking must not fill the memory. */
async function boundedText(response: Response, url: string): Promise<string> {
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of response.body ?? []) {
    size += chunk.length
    if (size > most) throw new Error(`${url} answered with more than ${most} bytes`)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}

/** The innermost cause: "connect ECONNREFUSED 127.0.0.1:9" says more than "fetch failed". */
function reasonOf(error: unknown, url: string): string {
  if (!(error instanceof Error)) return String(error)
  if (error.name === 'TimeoutError') return `${url} did not answer within ${patience / 1000} s`
  return error.cause instanceof Error ? `${url}: ${error.cause.message}` : error.message
}
