import { lookup } from 'node:dns/promises'
import ipaddr from 'ipaddr.js'
import type { Fetch } from '../../core/index.ts'

/** The addresses of a host, as the system resolves it. */
export type Resolve = (host: string) => Promise<readonly string[]>

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
const timeout = 10_000

/**
 * One question to an issuer, with bounds on everything: https (http to this machine only, if the issuer is there
 * itself), no redirect, ten seconds, half a megabyte. Another host than the issuer's must be a public one, because only who
 * writes the configuration may point the bridge into its own network. Rejects with a sentence.
 */
export async function ask(line: Line, address: string, question: Question = {}): Promise<Answer> {
  await judgeAddress(line, address)
  const { method = 'GET', headers = {}, body } = question
  const response = await line.fetch(address, {
    method,
    headers: { accept: 'application/json', ...headers },
    ...(body !== undefined && { body }),
    redirect: 'manual',
    signal: AbortSignal.timeout(timeout),
  })
  if (response.status >= 300 && response.status < 400) {
    await response.body?.cancel()
    throw new Error(
      `${address} redirects, which is not followed: have the discovery document name the final address`,
    )
  }
  const { status } = response
  const contentType = response.headers.get('content-type') ?? ''
  return { status, contentType, headers: response.headers, text: await boundedText(response, address) }
}

/** A server that never stops talking must not fill the memory. */
async function boundedText(response: Response, address: string): Promise<string> {
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of response.body ?? []) {
    size += chunk.length
    if (size > longest) throw new Error(`the answer of ${address} is larger than ${longest} bytes`)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}

async function judgeAddress({ issuer, innerHosts, resolve = system }: Line, address: string): Promise<void> {
  const [own, to] = [new URL(issuer), new URL(address)]
  if (to.protocol !== 'https:' && to.protocol !== own.protocol)
    throw new Error(`${address} is not https, and is not asked`)
  if (to.protocol === 'http:' && to.hostname !== own.hostname)
    throw new Error(`${address} is another host by http, and is not asked`)
  if (to.hostname === own.hostname || innerHosts.includes(to.hostname)) return
  const cure = `name it in innerHosts, if that is right: [${to.hostname}]`
  const addresses = await resolve(to.hostname.replace(/^\[|\]$/g, '')).catch(() => {
    throw new Error(`${to.hostname} has no address here, and is not the issuer’s own host; ${cure}`)
  })
  const inner = addresses.find((one) => !isPublic(one))
  if (inner === undefined) return
  throw new Error(`${to.hostname} has the inner address ${inner}, and is not the issuer’s own host; ${cure}`)
}

const system: Resolve = async (host) => (await lookup(host, { all: true })).map(({ address }) => address)

/** Of the public internet (RFC 6890). */
function isPublic(address: string): boolean {
  return ipaddr.isValid(address) && ipaddr.process(address).range() === 'unicast'
}

/** The innermost cause, in words: "connect ECONNREFUSED 127.0.0.1:9" says more than "fetch failed". */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  if (error.name === 'TimeoutError') return `no answer within ${timeout / 1000} s`
  const cause = error.cause instanceof Error ? reasonOf(error.cause) : ''
  return cause === '' ? error.message : cause
}
