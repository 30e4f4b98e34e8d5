import { z } from 'zod'
import type { Collection } from '../core/index.ts'

// What the store remembers. Ids are fingerprints; the records themselves are encrypted at rest.

const asked = {
  /** What the client says of itself and of its wish: shown to the person, never trusted. */
  clientName: z.string().optional(),
  host: z.string().optional(),
  role: z.string().optional(),
  /** Seconds. */
  duration: z.number().optional(),
  scope: z.string().optional(),
  agent: z.string().optional(),
  stepUp: z.string().optional(),
  address: z.string(),
  userAgent: z.string(),
}

/** A device that waits (RFC 8628), under the fingerprint of its device code. */
export const deviceSchema = z.object({
  ...asked,
  clientId: z.string(),
  client: z.string(),
  createdAt: z.number(),
  expiresAt: z.number(),
  /** Seconds between two polls, and when the last one came. */
  interval: z.number(),
  polledAt: z.number(),
  /** `deciding`: somebody decided, and it is being written down; only then it counts. */
  state: z.enum(['waiting', 'deciding', 'approved', 'denied']),
  /** The browser session that approved. */
  parent: z.string().optional(),
})
export type DeviceRecord = z.output<typeof deviceSchema>

/** Leads from a user code, by its keyed name, to its device. */
export const userCodeSchema = z.object({ device: z.string() })

/** An authorization code (RFC 6749 §4.1); spent ones are kept for a while to notice their replay. */
export const codeSchema = z.object({
  ...asked,
  clientId: z.string(),
  redirectUri: z.string(),
  challenge: z.string(),
  parent: z.string(),
  expiresAt: z.number(),
  state: z.enum(['fresh', 'spent', 'replayed']),
  /** The session that came of it. */
  session: z.string().optional(),
})
export type CodeRecord = z.output<typeof codeSchema>

/** An access token. */
export const accessSchema = z.object({ session: z.string(), clientId: z.string(), expiresAt: z.number() })
export type AccessRecord = z.output<typeof accessSchema>

const pair = z.object({ accessToken: z.string(), refreshToken: z.string(), accessExpiresAt: z.number() })

/** The line of refresh tokens of one session: the one that is good now, and the one before it. */
export const familySchema = z.object({
  session: z.string(),
  clientId: z.string(),
  scope: z.string().optional(),
  expiresAt: z.number(),
  current: z.string(),
  previous: z.object({ token: z.string(), replacedAt: z.number(), by: pair }).optional(),
})
export type FamilyRecord = z.output<typeof familySchema>

/** Where all of it lies. */
export interface OAuthRecords {
  readonly devices: Collection<DeviceRecord>
  readonly userCodes: Collection<z.output<typeof userCodeSchema>>
  readonly codes: Collection<CodeRecord>
  readonly access: Collection<AccessRecord>
  readonly families: Collection<FamilyRecord>
}
