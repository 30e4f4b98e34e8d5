import { z } from 'zod'
import type { Collection } from '../core/index.ts'
import type { AccessRequest } from './request.ts'

// What the store remembers.

const party = z.object({
  key: z.string(),
  user: z.string(),
  idp: z.string(),
  names: z.array(z.string()),
})
const step = { mark: z.string(), at: z.number() }

const request: z.ZodType<AccessRequest> = z.object({
  id: z.string(),
  rule: z.string(),
  roleArn: z.string(),
  roleName: z.string(),
  account: z.object({ id: z.string(), name: z.string() }),
  who: party,
  reason: z.string(),
  from: z.object({
    sourceIp: z.string(),
    userAgent: z.string(),
    channel: z.string(),
    agent: z.string().optional(),
  }),
  openFor: z.number(),
  needed: z.number(),
  breakGlass: z.literal(true).optional(),
  state: z.enum(['requested', 'approved', 'active', 'denied', 'withdrawn', 'expired', 'ended']),
  askedAt: z.number(),
  asking: z.object(step).optional(),
  approvals: z.array(z.object({ by: party, at: z.number(), mark: z.string().optional() })),
  pendingUntil: z.number(),
  activateUntil: z.number().optional(),
  starting: z.object({ ...step, endsAt: z.number() }).optional(),
  activatedAt: z.number().optional(),
  endsAt: z.number().optional(),
  closedAt: z.number().optional(),
  closedBy: party.optional(),
  because: z.string().optional(),
  untold: z.object({ ...step, event: z.record(z.string(), z.unknown()) }).optional(),
})

/** All requests of one person: what one atomic verb changes. */
const ledger = z.object({ requests: z.array(request).readonly() })
export type Ledger = z.output<typeof ledger>

/** Whose a request is. */
const place = z.object({ key: z.string() })

/** Requests of everybody of which something can still come, and perhaps a few more. */
const openList = z.object({
  entries: z.array(z.object({ id: z.string(), key: z.string(), at: z.number() })).readonly(),
})
export type OpenList = z.output<typeof openList>

/** What happens once a day: who does it, and whether it is done. */
const reminder = z.object({ ...step, done: z.boolean() })

export const requestSchemas = { ledger, place, openList, reminder }

/** Where requests lie. */
export interface RequestRecords {
  /** By `lastingKey` of the person. */
  readonly ledgers: Collection<Ledger>
  /** By id of the request. */
  readonly places: Collection<{ readonly key: string }>
  /** One record. */
  readonly open: Collection<OpenList>
  /** By channel and day. */
  readonly reminders: Collection<z.output<typeof reminder>>
}
