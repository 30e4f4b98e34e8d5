import { createHmac } from 'node:crypto'
import { StsFault } from './fault.ts'
import type { Parameters } from './parameters.ts'
import type { IamUser, MfaDevice } from './state.ts'

/** Milliseconds for which a device shows a code (RFC 6238 §4.1). */
export const totpStep = 30_000
/** Codes that were used, by device and time step: AWS takes each once. */
const used = new WeakMap<IamUser, Set<number>>()

/** The code that a device shows (RFC 6238 §4, HMAC-SHA-1, six digits). `now` is epoch milliseconds. */
export function totp({ seed }: MfaDevice, now: number): string {
  return codeAt(seed, Math.floor(now / totpStep))
}

function codeAt(seed: Buffer, count: number): string {
  const counter = Buffer.alloc(8)
  counter.writeBigUInt64BE(BigInt(count))
  const hash = createHmac('sha1', seed).update(counter).digest()
  const at = (hash[19] ?? 0) & 15
  return String((hash.readUInt32BE(at) & 0x7fffffff) % 1_000_000).padStart(6, '0')
}

/** `SerialNumber` and `TokenCode`; both or none. */
export function readMfa(parameters: Parameters): { serial: string; code: string } | undefined {
  const serial = parameters.optionalText('SerialNumber', { min: 9, max: 256 })
  const code = parameters.optionalText('TokenCode', { min: 6, max: 6 })
  if (serial === undefined && code === undefined) return undefined
  return { serial: serial ?? '', code: code ?? '' }
}

/**
 * When a second factor was presented, epoch milliseconds; undefined when none was. Throws `AccessDenied` for a wrong
 * device or code, and for a code that was used.
 */
export function requireMfa(
  user: IamUser | undefined,
  factor: { serial: string; code: string } | undefined,
  now: number,
): number | undefined {
  if (factor === undefined) return undefined
  const failed = (why: string) => new StsFault('AccessDenied', `MultiFactorAuthentication failed${why}`)
  if (factor.serial === '') throw failed(', must provide both MFA serial number and one time pass code.')
  if (factor.code === '') throw failed(', must provide both MFA serial number and one time pass code.')
  const device = user?.mfa
  if (user === undefined || device === undefined || device.serial !== factor.serial)
    throw failed(
      ', unable to validate MFA code. Please verify your MFA serial number is valid and associated with this user.',
    )
  const present = Math.floor(now / totpStep)
  const found = [present, present - 1, present + 1].find(
    (count) => codeAt(device.seed, count) === factor.code,
  )
  const known = used.get(user) ?? new Set()
  if (found === undefined || known.has(found)) throw failed(' with invalid MFA one time pass code. ')
  used.set(user, known.add(found))
  return now
}
