import type { Session } from '../core/index.ts'

/** A program that asks for a session on behalf of a person. */
export interface Client {
  readonly id: string
  /** For people; a name that the client gave itself is shown as such. */
  readonly name: string
  /** What its sessions are. */
  readonly kind: Exclude<Session['kind'], 'browser' | 'workload'>
  /** May the browser be sent there with a code? */
  readonly allowsRedirect: (uri: string) => boolean
  /** It polls once before it shows the code and again right after, which is no haste (the AWS CLI does). */
  readonly asksTwice?: boolean
}

/** Our own command line: public, because a program on everybody's disk keeps no secret (RFC 8252 §8.4). */
export const rolebridgeCli: Client = {
  id: 'rolebridge-cli',
  name: 'Rolebridge CLI',
  kind: 'cli',
  allowsRedirect: isLoopbackRedirect,
}

const loopback = /^http:\/\/(?:127\.0\.0\.1|\[::1\]|localhost):(\d{1,5})(?:\/[\w\-.~/%]*)?$/

/** This very machine at any port, with a free path and no query (RFC 8252 §7.3). */
export function isLoopbackRedirect(uri: string): boolean {
  const port = Number(loopback.exec(uri)?.[1] ?? 0)
  return uri.length <= 512 && port >= 1 && port <= 65_535
}
