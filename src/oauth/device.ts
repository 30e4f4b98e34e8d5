import { personKey, type Session } from '../core/index.ts'
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
    const [name = ''] = parts.userCodeNames(code)
    if (await parts.userCodes.putIfAbsent(name, { device }, until)) return code
  }
  throw new Error('no free user code: the source of randomness repeats itself')
}

/** What the approver sees, and whether there is still something to decide. */
export interface DeviceRequest extends Omit<DeviceRecord, 'state'> {
  readonly userCode: string
  readonly state: Exclude<DeviceRecord['state'], 'deciding'> | 'expired'
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
  const person = fingerprint(personKey(session.identity))
  const userCode = readUserCode(typed)
  if (userCode === undefined) return undefined
  return limitGuesses(parts, { session: fingerprint(session.id), person, by }, async () => {
    const device = await deviceOf(parts, userCode)
    const record = device === undefined ? undefined : await parts.devices.get(device)
    return record && asRequest(parts, record, userCode)
  })
}

async function deviceOf(
  { userCodes, userCodeNames }: OAuthParts,
  userCode: string,
): Promise<string | undefined> {
  for (const name of userCodeNames(userCode)) {
    const link = await userCodes.get(name)
    if (link !== undefined) return link.device
  }
  return undefined
}

function asRequest({ clock }: OAuthParts, record: DeviceRecord, userCode: string): DeviceRequest {
  const state = record.state === 'deciding' ? 'waiting' : record.state
  return { ...record, userCode, state: record.expiresAt > clock() ? state : 'expired' }
}

/**
 * Lets the waiting device in, or sends it away, once: of two decisions at the same time one counts, and it counts
 * from the moment it is written down. Returns the request as it stands now and whether this call decided it;
 * undefined when there is no such request.
 */
export async function decideDevice(
  parts: OAuthParts,
  typed: string,
  decider: Decider,
  state: 'approved' | 'denied',
  writeDown: (request: DeviceRequest) => Promise<void>,
): Promise<{ readonly request: DeviceRequest; readonly decided: boolean } | undefined> {
  const request = await findDevice(parts, typed, decider)
  if (request === undefined) return undefined
  const device = await deviceOf(parts, request.userCode)
  if (device === undefined) return undefined
  const claimed = await move(parts, device, 'waiting', { state: 'deciding' })
  if (claimed === undefined) {
    return { request: (await findDevice(parts, typed, decider)) ?? request, decided: false }
  }
  try {
    await writeDown(asRequest(parts, claimed, request.userCode))
  } catch (error) {
    // A node that dies here leaves the device waiting until its code expires: nobody is let in unseen.
    await move(parts, device, 'deciding', { state: 'waiting' })
    throw error
  }
  const decided = await move(parts, device, 'deciding', { state, parent: decider.session.id })
  return decided && { request: asRequest(parts, decided, request.userCode), decided: true }
}

/** Changes a device that is in this state and has not expired; undefined when it is not. */
function move(
  { devices, clock }: OAuthParts,
  device: string,
  from: DeviceRecord['state'],
  change: Partial<DeviceRecord>,
): Promise<DeviceRecord | undefined> {
  return devices.update(device, (record) =>
    record.state === from && record.expiresAt > clock() ? { ...record, ...change } : undefined,
  )
}
