import type { Fetch } from '../../core/index.ts'
import { boundedText, innerAddress, type Resolve, within } from '../../outgoing/index.ts'
import { maxMetadataBytes } from './idp-metadata.ts'

export interface Download {
  /** http or https. */
  readonly location: string
  readonly headers?: Readonly<Record<string, string>>
  readonly fetch: Fetch
  readonly resolve?: Resolve | undefined
}

const mostHops = 5
const timeout = 10_000

/** What a location answers: the document, or that it is the one which the headers speak of. Rejects with a sentence. */
export async function askFor(
  download: Download,
): Promise<{ readonly headers: Headers; readonly text: string } | 'unchanged'> {
  return within(timeout, new URL(download.location).host, async (signal) => {
    const response = await followTo(download, signal)
    if (response.status === 304) return 'unchanged'
    if (!response.ok) throw new Error(`the server answered ${response.status}`)
    return {
      headers: response.headers,
      text: await boundedText(response, maxMetadataBytes, 'the metadata'),
    }
  })
}

/** The document at a location, once and without a memory. Rejects with a sentence. */
export async function downloadMetadata(download: Download): Promise<Buffer> {
  const answer = await askFor(download)
  if (answer === 'unchanged') throw new Error('the server answered 304')
  return Buffer.from(answer.text, 'utf8')
}

/**
 * The answer at the end of a bounded chain of redirects. Each hop is judged before it is asked: after https comes https,
 * and another host than the configured one must be a public one.
 */
async function followTo(
  { location, headers = {}, fetch, resolve }: Download,
  signal: AbortSignal,
): Promise<Response> {
  const configured = new URL(location)
  let at = configured
  for (let hops = 0; hops <= mostHops; hops++) {
    const response = await fetch(at.href, { headers, signal, redirect: 'manual' })
    const next = response.headers.get('location')
    if (![301, 302, 303, 307, 308].includes(response.status) || next === null) return response
    await response.body?.cancel()
    const from = at
    if (!URL.canParse(next, from)) throw new Error('the server redirects to what is no address')
    at = new URL(next, from)
    await judgeHop(from, at, configured, resolve)
  }
  throw new Error(`the server redirects more than ${mostHops} times`)
}

/** Throws with cause and cure when a redirect may not be followed. */
async function judgeHop(from: URL, to: URL, configured: URL, resolve: Resolve | undefined): Promise<void> {
  const cure = `name the final address as metadata, if it is right: ${to.origin}${to.pathname}`.slice(0, 300)
  if (to.protocol !== 'https:' && to.protocol !== 'http:')
    throw new Error(`the server redirects to ${to.protocol}, which is neither http nor https`)
  if (from.protocol === 'https:' && to.protocol !== 'https:')
    throw new Error(`the server redirects from https to http; ${cure}`)
  if (to.hostname === configured.hostname) return
  if (to.protocol === 'http:') throw new Error(`the server redirects to another host by http; ${cure}`)
  const inner = await innerAddress(to.hostname, resolve)
  if (inner !== undefined)
    throw new Error(`the server redirects to the inner address ${inner} of ${to.hostname}; ${cure}`)
}
