import { type Request, Router } from 'express'
import { Refusal } from '../../../core/index.ts'
import type { Route } from '../../deps.ts'
import { callerOf, requireBearer } from '../../guards/bearer.ts'
import { field } from '../../request.ts'

const most = 1000

/** The audit trail, newest first: one's own records, for auditors everyone's. */
export const apiAuditRoutes: Route = (web) =>
  Router().get('/api/v1/audit', requireBearer(web), async (request, response) => {
    const { session } = callerOf(request, response)
    const user = field(request.query, 'user') || undefined
    const type = field(request.query, 'type') || undefined
    const since = instant(request, 'since')
    const until = instant(request, 'until')
    const { records, searchedBackTo } = await web.bridge.audit(session, {
      limit: count(field(request.query, 'limit')),
      ...(user !== undefined && { user }),
      ...(type !== undefined && { type }),
      ...(since !== undefined && { since }),
      ...(until !== undefined && { until }),
    })
    response.json({
      records,
      ...(searchedBackTo !== undefined && { searchedBackTo: new Date(searchedBackTo).toISOString() }),
    })
  })

function instant(request: Request, name: string): number | undefined {
  const text = field(request.query, name)
  if (text === undefined || text === '') return undefined
  const milliseconds = /^\d{4}-\d\d-\d\d(?:T[\d:.]+(?:Z|[+-]\d\d:\d\d))?$/.test(text)
    ? Date.parse(text)
    : Number.NaN
  if (!Number.isNaN(milliseconds)) return milliseconds
  throw new Refusal('invalid_request', `${name} is no time`, {
    say: `${name} must be a time such as 2026-01-31T12:00:00Z.`,
  })
}

function count(text: string | undefined): number {
  if (text === undefined || text === '') return 100
  if (/^[1-9]\d{0,3}$/.test(text) && Number(text) <= most) return Number(text)
  throw new Refusal('invalid_request', 'limit is out of range', { say: `limit must be 1 to ${most}.` })
}
