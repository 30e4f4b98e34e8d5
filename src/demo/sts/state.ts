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
  readonly oidcProviders: Map<string, OidcProvider>
  readonly users: Map<string, IamUser>
  /** Policies of customers, as JSON documents; some of AWS's own are known without being here. */
  readonly managedPolicies: Map<string, string>
}

/** An OpenID Connect issuer that an account trusts. */
export interface OidcProvider {
  /** `arn:aws:iam::ACCOUNT:oidc-provider/` and the issuer without `https://`. */
  readonly arn: string
  /** The `iss` of its tokens. */
  readonly issuer: string
  /** Audiences; at most 100 at AWS. */
  readonly clientIds: readonly string[]
  /** Loads the issuer's JSON Web Key Set (RFC 7517 §5); asked anew for a key that is not known yet. */
  readonly jwks: () => Promise<string>
}

/** A user with one long-term access key. */
export interface IamUser {
  readonly arn: string
  /** `AIDA…`. */
  readonly id: string
  readonly accessKeyId: string
  readonly secretAccessKey: string
  /** The identity policy, a JSON document. */
  readonly permissions: string
  readonly mfa?: MfaDevice
}

/** A virtual device: RFC 6238 with SHA-1, six digits and 30 seconds, as AWS's are. */
export interface MfaDevice {
  /** `arn:aws:iam::ACCOUNT:mfa/NAME`. */
  readonly serial: string
  readonly seed: Buffer
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
  /** The identity policy, a JSON document; default: everything. */
  readonly permissions?: string
}

/** The unique ID of a role, as IAM would make one up; here it derives from the ARN. */
export function roleId(arn: string): string {
  return uniqueId('AROA', arn)
}

/** The unique ID of a user, likewise. */
export function userId(arn: string): string {
  return uniqueId('AIDA', arn)
}

function uniqueId(prefix: string, arn: string): string {
  return prefix + base32(createHash('sha256').update(arn).digest()).slice(0, 17)
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
