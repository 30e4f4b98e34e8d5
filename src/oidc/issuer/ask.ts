import type { Fetch } from '../../core/index.ts'
import { boundedText, innerAddress, type Resolve, within } from '../../outgoing/index.ts'

/** How the bridge speaks with one issuer. */
export interface Line {
  readonly issuer: string
  /** Hosts in our own network that the issuer may point us to. */
  readonly innerHosts: readonly string[]
  readonly fetch: Fetch
  readonly resolve?: Resolve | undefined
}

interface Question {
  readonly method?: 'GET' | 'POST'
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
}

export interface Answer {
  readonly status: number
  readonly contentType: string
  readonly headers: Headers
  readonly text: string
}

/** Bytes; documents and answers of issuers are a tenth of it. */
const longest = 512 * 1024
/** Milliseconds for an answer that was made for us, and for a document that is there for everybody. */
const [patience, patienceForDocuments] = [10_000, 5_000]

/**
 * One question to an issuer, with bounds on everything: https (http to this machine only, if the issuer is there
 * itself), no redirect, ten seconds, half a megabyte. Another host than the issuer's must be a public one, because only who
 * writes the configuration may point the bridge into its own network. Rejects with a sentence.
 */
export async function ask(
  line: Line,
  address: string,
  question: Question = {},
  milliseconds = patience,
): Promise<Answer> {
  await judgeAddress(line, address)
  const { method = 'GET', headers = {}, body } = question
  return within(milliseconds, address, async (signal) => {
    const response = await line.fetch(address, {
      method,
      headers: { accept: 'application/json', ...headers },
      ...(body !== undefined && { body }),
      redirect: 'manual',
      signal,
    })
    const { status } = response
    if (status >= 300 && status < 400) {
      await response.body?.cancel()
      throw new Error(
        `${address} redirects, which is not followed: have the issuer, or the configuration, name the final address`,
      )
    }
    const contentType = response.headers.get('content-type') ?? ''
    const text = await boundedText(response, longest, `the answer of ${address}`)
    return { status, contentType, headers: response.headers, text }
  })
}

/** A document of an issuer that is there for everybody. Rejects with a sentence. */
export async function askForDocument(line: Line, address: string): Promise<string> {
  const { status, text } = await ask(line, address, {}, patienceForDocuments)
  if (status !== 200) throw new Error(`${address} answered ${status}`)
  return text
}

async function judgeAddress({ issuer, innerHosts, resolve }: Line, address: string): Promise<void> {
  const [own, to] = [new URL(issuer), new URL(address)]
  if (to.protocol !== 'https:' && to.protocol !== own.protocol)
    throw new Error(`${address} is not https, and is not asked`)
  if (to.protocol === 'http:' && to.hostname !== own.hostname)
    throw new Error(`${address} is another host by http, and is not asked`)
  if (to.hostname === own.hostname || innerHosts.includes(to.hostname)) return
  const cure = `name it in innerHosts, if that is right: [${to.hostname}]`
  const inner = await innerAddress(to.hostname, resolve).catch(() => {
    throw new Error(`${to.hostname} has no address here, and is not the issuer’s own host; ${cure}`)
  })
  if (inner === undefined) return
  throw new Error(`${to.hostname} has the inner address ${inner}, and is not the issuer’s own host; ${cure}`)
}
