import { z } from 'zod'
import type { Lock, Reviewed, Seen } from '../bridge.ts'
import type { Credentials, Identity, Session, StepUpUnderWay } from '../core/index.ts'

// What the store may hold of each kind of record; a record of another shape is never acted upon.

const values = z.record(z.string(), z.array(z.string()))

const identity: z.ZodType<Identity> = z.object({
  provider: z.string(),
  protocol: z.enum(['saml', 'openid', 'workload']),
  issuer: z.string(),
  user: z.string(),
  nameId: z.string(),
  nameIdAbsent: z.boolean().optional(),
  nameIdFormat: z.string().optional(),
  nameQualifier: z.string().optional(),
  spNameQualifier: z.string().optional(),
  sessionIndex: z.string().optional(),
  attributes: values,
  authnInstant: z.number(),
  authnInstantUnsaid: z.literal(true).optional(),
  authnContext: z.string().optional(),
  sessionNotOnOrAfter: z.number().optional(),
  mfa: z.boolean(),
})

const kind = z.enum(['browser', 'cli', 'aws-sso', 'workload'])

const client = z.object({
  address: z.string(),
  userAgent: z.string(),
  name: z.string().optional(),
  host: z.string().optional(),
})

export const sessionSchema: z.ZodType<Session> = z.object({
  id: z.string(),
  kind,
  identity,
  createdAt: z.number(),
  expiresAt: z.number(),
  parent: z.string().optional(),
  unsolicited: z.literal(true).optional(),
  only: z.object({ role: z.string(), duration: z.number().optional() }).optional(),
  agent: z.string().optional(),
  client,
  idToken: z.string().optional(),
  passthrough: z.object({ response: z.string(), redeemableUntil: z.number() }).optional(),
  webIdentity: z.object({ token: z.string(), redeemableUntil: z.number() }).optional(),
})

export const personSchema = z.object({
  sessions: z.array(z.object({ id: z.string(), kind, expiresAt: z.number() })),
})

export const seenSchema: z.ZodType<Seen> = z.object({
  identity,
  left: z.number().optional(),
  firstSeen: z.number(),
  lastSeen: z.number(),
  client,
  kind,
  earlier: z.array(z.string()).optional(),
})

export const lockSchema: z.ZodType<Lock> = z.object({
  user: z.string(),
  idps: z.array(z.string()).optional(),
  lockedAt: z.number(),
  until: z.number().optional(),
  liftedAt: z.number().optional(),
  reason: z.string(),
  by: z.object({ user: z.string(), idp: z.string() }),
  people: z.array(z.string()),
})

export const reviewedSchema: z.ZodType<Reviewed> = z.object({
  kind: z.enum(['person', 'rule', 'account']),
  name: z.string(),
  idp: z.string().optional(),
  signOffs: z.array(
    z.object({
      at: z.number(),
      by: z.object({ user: z.string(), idp: z.string() }),
      decision: z.enum(['kept', 'to_be_removed']),
      note: z.string(),
      digest: z.string(),
      marks: z.array(z.string()).optional(),
      people: z.number(),
    }),
  ),
})

const credentials: z.ZodType<Credentials> = z.object({
  accessKeyId: z.string(),
  secretAccessKey: z.string(),
  sessionToken: z.string(),
  expiresAt: z.number(),
  principalArn: z.string(),
  accountId: z.string(),
  region: z.string(),
  receipt: z
    .object({
      awsRequestId: z.string().optional(),
      stsRegion: z.string().optional(),
      assumedRoleId: z.string().optional(),
      packedPolicySize: z.number().optional(),
      sessionSize: z.number().optional(),
      sessionUtilization: z.number().optional(),
      scopedSessionId: z.string().optional(),
    })
    .optional(),
})

export const issuedSchema = z.object({
  credentials,
  duration: z.number(),
  askedAt: z.number().optional(),
})

const stepUp = z
  .object({
    freshWithin: z.number().optional(),
    contexts: z.array(z.string()).optional(),
    mfa: z.literal(true).optional(),
    person: z.string(),
    session: z.string(),
  })
  .optional() as z.ZodType<StepUpUnderWay | undefined>

export const pendingSchema = z.object({
  provider: z.string(),
  returnTo: z.string(),
  relayState: z.string(),
  browser: z.string(),
  forceAuthn: z.boolean(),
  createdAt: z.number(),
  stepUp,
  heldSession: z.string().optional(),
})

export const replaySchema = z.object({ usedAt: z.number() })

export const metadataCopySchema = z.object({
  location: z.string().optional(),
  xml: z.string(),
  etag: z.string().optional(),
  lastModified: z.string().optional(),
  fetchedAt: z.number(),
})

export const browserSessionSchema = z.object({
  sessionId: z.string().optional(),
  csrf: z.string().optional(),
})

export const recentsSchema = z.array(z.string())

export const pendingCodeSchema = z.object({
  provider: z.string(),
  returnTo: z.string(),
  browser: z.string(),
  nonce: z.string(),
  verifier: z.string(),
  forceAuthn: z.boolean(),
  createdAt: z.number(),
  stepUp,
  heldSession: z.string().optional(),
})

export const issuerCopySchema = z.object({
  issuer: z.string(),
  source: z.string().optional(),
  discovery: z.string().optional(),
  keys: z.string(),
  fetchedAt: z.number(),
})

export const subjectSchema = z.object({ nameId: z.string() })

export const pendingLogoutSchema = z.object({ provider: z.string() })
