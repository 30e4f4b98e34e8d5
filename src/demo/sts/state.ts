import { createHash } from 'node:crypto'

/** What IAM holds in this stand-in for AWS. Alter it at any time; the next request sees the change. */
export interface AwsState {
  /** By ARN, like everything here. */
  readonly samlProviders: Map<string, SamlProvider>
  readonly roles: Map<string, Role>
  /** Accounts that switched STS off in this region. */
  readonly disabledAccounts: Set<string>
  /** Audiences that an assertion may name (`urn:amazon:webservices:govcloud` in that partition). */
  readonly audiences: Set<string>
  // IAM users with long-term keys and MFA, and OIDC providers, belong here when their actions come.
}

export interface SamlProvider {
  readonly arn: string
  /** The document an administrator uploads; a loader is asked on first use and its answer kept, as IAM does. */
  readonly metadata: string | (() => Promise<string>)
}

export interface Role {
  readonly arn: string
  /** `AROA…`, the same for the same ARN. */
  readonly id: string
  /** A JSON document. */
  readonly trustPolicy: string
  /** Seconds. */
  readonly maxSessionDuration: number
}

/** The unique ID of a role, as IAM would make one up; here it derives from the ARN. */
export function roleId(arn: string): string {
  return `AROA${base32(createHash('sha256').update(arn).digest()).slice(0, 17)}`
}

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'

/** RFC 4648 §6 without padding. */
export function base32(bytes: Buffer): string {
  let text = ''
  let bits = 0
  let held = 0
  for (const byte of bytes) {
    held = (held << 8) | byte
    bits += 8
    while (bits >= 5) {
      bits -= 5
      text += alphabet[(held >>> bits) & 31]
    }
    held &= (1 << bits) - 1
  }
  return text
}
