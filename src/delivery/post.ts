import type { Clock, Fetch } from '../core/index.ts'
import { cleanText } from '../events/index.ts'
import { boundedText, reasonOf, within } from '../outgoing/index.ts'

/** What became of an attempt. */
export type Verdict =
  | { readonly outcome: 'delivered' }
  /** The receiver cannot now, or is not where it should be: nothing is wrong with what was sent. `after`: milliseconds. */
  | { readonly outcome: 'later'; readonly reason: string; readonly after?: number }
  /** It does not want what was sent. */
  | { readonly outcome: 'refused'; readonly reason: string }

export interface Ask {
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
  /** Judges what a receiver says in an answer of 2xx; default: the status is all. */
  readonly judge?: (text: string) => Verdict
}

/** Milliseconds for an answer. */
const patience = 10_000
/** Bytes that are read of an answer. */
const longestAnswer = 256 * 1024
/** Milliseconds that a receiver may put us off. */
const longestPutOff = 3_600_000

/** What is shorter opens nothing, and stands in many a word. */
const shortestSecret = 4

/** Answers that say nothing against what was sent: who we are, where we knock, and how often. */
const aboutReceiver = new Set([401, 402, 403, 404, 405, 407, 408, 410, 425, 429])

/** Sends once. Never rejects; redirects are not followed; the address, which may be a secret, is in no reason. */
export async function post(
  { url, headers, body, judge }: Ask,
  { fetch, clock }: { readonly fetch: Fetch; readonly clock: Clock },
): Promise<Verdict> {
  const { host } = new URL(url)
  try {
    return await within(patience, host, async (signal) => {
      const init = { method: 'POST', redirect: 'manual', headers, body, signal } as const
      const response = await fetch(url, init)
      // The status is the answer: who says 200 and then goes on talking has what was sent.
      const text = await boundedText(response, longestAnswer, 'the answer').catch(() => '')
      if (response.ok) return judge?.(text) ?? { outcome: 'delivered' }
      return failure(response, withoutSecrets(text, url, headers.authorization), host, clock)
    })
  } catch (error) {
    return { outcome: 'later', reason: cleanText(`${host}: ${reasonOf(error)}`, 300) }
  }
}

function failure({ status, headers }: Response, text: string, host: string, clock: Clock): Verdict {
  const said = text.trim() === '' ? '' : `: ${cleanText(text.trim(), 200)}`
  if (status >= 300 && status < 400)
    return {
      outcome: 'later',
      reason: `${host} answered ${status} and leads elsewhere, which is not followed`,
    }
  const reason = `${host} answered ${status}${said}`
  if (status >= 400 && status < 500 && !aboutReceiver.has(status)) return { outcome: 'refused', reason }
  const after = putOff(headers.get('retry-after'), clock())
  return { outcome: 'later', reason, ...(after !== undefined && { after }) }
}

/**
 * What a receiver said, without what it repeats of the address or the header: “Cannot POST /services/…” stands in the trail
 * and in the log.
 */
function withoutSecrets(text: string, url: string, authorization = ''): string {
  const { pathname, search } = new URL(url)
  const parts = `${pathname}${search} ${authorization}`
    .split(/[/?&=;\s]+/)
    .filter((part) => part.length >= shortestSecret)
  const spelt = parts.flatMap((part) => [part, decoded(part), decoded(part.replaceAll('+', ' '))])
  // The longest first: else a part of it would leave the rest.
  const secrets = [...new Set(spelt)].sort((a, b) => b.length - a.length)
  return secrets.reduce((left, secret) => left.replaceAll(secret, '…'), text)
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part)
  } catch {
    return part
  }
}

/** `Retry-After` in milliseconds from now (RFC 9110 §10.2.3). */
function putOff(value: string | null, now: number): number | undefined {
  if (value === null) return undefined
  const wait = /^\d{1,9}$/.test(value.trim()) ? Number(value) * 1000 : Date.parse(value) - now
  return Number.isFinite(wait) ? Math.min(Math.max(wait, 0), longestPutOff) : undefined
}
