import type { Session } from '../core/index.ts'
import type { Client } from './client.ts'
import { limitGuesses } from './guesses.ts'
import { fingerprint, newOpaque } from './opaque.ts'
import type { Asked, OAuthParts } from './parts.ts'
import type { DeviceRecord } from './records.ts'
import { newUserCode, readUserCode } from './user-code.ts'

/** The answer of RFC 8628 §3.2; times in seconds. */
export interface DeviceAuthorization {
  readonly deviceCode: string
  readonly userCode: string
  readonly verificationUri: string
  readonly verificationUriComplete: string
  readonly expiresIn: number
  readonly interval: number
}

/** Records outlive their expiry for a while, so that a late client hears `expired_token` and not a riddle. */
const linger = 10 * 60_000

/** In `polledAt`: the next poll does not count. */
export const notCounted = -1

/** Begins a device authorization (RFC 8628 §3.1). Nothing is granted until a person approves it. */
export async function startDevice(
  parts: OAuthParts,
  client: Client,
  asked: Asked,
): Promise<DeviceAuthorization> {
  const { clock, random, options, baseUrl } = parts
  const now = clock()
  const deviceCode = newOpaque('rbd_', random)
  const device = fingerprint(deviceCode)
  const record: DeviceRecord = {
    ...asked,
    clientId: client.id,
    client: client.name,
    createdAt: now,
    expiresAt: now + options.deviceLifetime * 1000,
    interval: options.interval,
    polledAt: client.asksTwice ? notCounted : 0,
    state: 'waiting',
  }
  await parts.devices.put(device, record, record.expiresAt + linger)
  const userCode = await claimUserCode(parts, device, record.expiresAt + linger)
  return {
    deviceCode,
    userCode,
    verificationUri: `${baseUrl}/device`,
    verificationUriComplete: `${baseUrl}/device?user_code=${userCode}`,
    expiresIn: options.deviceLifetime,
    interval: options.interval,
  }
}

/** A user code that no other device holds. */
async function claimUserCode(parts: OAuthParts, device: string, until: number): Promise<string> {
  for (let attempt = 0; attempt < 20; attempt++) {
    const code = newUserCode(parts.random)
    if (await parts.userCodes.putIfAbsent(fingerprint(code), { device }, until)) return code
  }
  throw new Error('no free user code: the source of randomness repeats itself')
}

/** What the approver sees, and whether there is still something to decide. */
export interface DeviceRequest extends Omit<DeviceRecord, 'state'> {
  readonly userCode: string
  readonly state: DeviceRecord['state'] | 'expired'
}

/** Who looks at a request, or decides it. */
export interface Decider {
  readonly session: Session
  /** How the code came: typed into the form (wrong ones count), or in the address of a page. */
  readonly by: 'form' | 'link'
}

/** The request behind a code that a person typed; undefined when there is none. Limited against guessing. */
export async function findDevice(
  parts: OAuthParts,
  typed: string,
  { session, by }: Decider,
): Promise<DeviceRequest | undefined> {
  const { issuer, nameId } = session.identity
  const person = fingerprint(JSON.stringify([issuer, nameId]))
  const userCode = readUserCode(typed)
  if (userCode === undefined) return undefined
  return limitGuesses(parts, { session: fingerprint(session.id), person, by }, async () => {
    const link = await parts.userCodes.get(fingerprint(userCode))
    const record = link && (await parts.devices.get(link.device))
    if (record === undefined) return undefined
    return { ...record, userCode, state: record.expiresAt > parts.clock() ? record.state : 'expired' }
  })
}

/**
 * Lets the waiting device in, or sends it away, once: of two decisions at the same time one counts. Returns the
 * request as it stands now and whether this call decided it; undefined when there is no such request.
 */
export async function decideDevice(
  parts: OAuthParts,
  typed: string,
  decider: Decider,
  state: 'approved' | 'denied',
): Promise<{ readonly request: DeviceRequest; readonly decided: boolean } | undefined> {
  const request = await findDevice(parts, typed, decider)
  if (request === undefined) return undefined
  const link = await parts.userCodes.get(fingerprint(request.userCode))
  const changed =
    link &&
    (await parts.devices.update(link.device, (record) =>
      record.state === 'waiting' && record.expiresAt > parts.clock()
        ? { ...record, state, parent: decider.session.id }
        : undefined,
    ))
  if (changed) return { request: { ...changed, userCode: request.userCode }, decided: true }
  return { request: (await findDevice(parts, typed, decider)) ?? request, decided: false }
}
