import { type Request, type Response, Router } from 'express'
import type { HistoryRecord } from '../../../bridge.ts'
import { Refusal } from '../../../core/index.ts'
import { acceptable, recordFormats } from '../../audit/formats.ts'
import { limitIn, questionOf } from '../../audit/question.ts'
import { sendRecords } from '../../audit/send.ts'
import type { Route, Web } from '../../deps.ts'
import { callerOf, requireBearer } from '../../guards/bearer.ts'
import { field } from '../../request.ts'

const most = 1000
const mostTaken = 100_000_000

/** What happened: one's own records, for those with an office everyone's; as a page, from a cursor on, or all of it. */
export const apiAuditRoutes: Route = (web) =>
  Router().get('/api/v1/audit', requireBearer(web), async (request, response) => {
    const format = formatOf(request)
    const after = field(request.query, 'after')
    if (after !== undefined) return follow(web, request, response, { format, after })
    const written = recordFormats[format]
    if (written === undefined) return page(web, request, response)
    if (field(request.query, 'before'))
      throw new Refusal('invalid_request', 'before with a format that is no page', {
        say: `before turns pages, which only json has; ${format} gives everything at once.`,
      })
    const { session, context } = callerOf(request, response)
    const limit = limitIn(request.query, mostTaken)
    const question = questionOf(request.query, web.clock())
    const records = await web.bridge.history.take(session, question, { format, limit }, context)
    await sendRecords(response, written, records, 'audit')
  })

async function page(web: Web, request: Request, response: Response): Promise<void> {
  const { session, context } = callerOf(request, response)
  const wish = {
    limit: limitIn(request.query, most) ?? 100,
    before: field(request.query, 'before') || undefined,
  }
  const question = questionOf(request.query, web.clock())
  const found = await web.bridge.history.search(session, question, wish, context)
  response.json({
    records: found.records,
    ...(found.older !== undefined && { next: found.older }),
    ...(found.searchedBackTo !== undefined && {
      searchedBackTo: new Date(found.searchedBackTo).toISOString(),
    }),
    ...(found.follow !== undefined && { follow: found.follow }),
  })
}

/** What came in since; the cursor stands in a header too, for formats that have no place for it. */
async function follow(
  web: Web,
  request: Request,
  response: Response,
  { format, after }: { readonly format: string; readonly after: string },
): Promise<void> {
  // It may go back as it came, in a header.
  if (!/^[\w.-]*$/.test(after))
    throw new Refusal('invalid_request', 'cursor: not of ours', {
      say: 'This cursor is none: take it as it was given.',
    })
  const { session, context } = callerOf(request, response)
  const wish = { limit: limitIn(request.query, most) ?? 500, cursor: after || undefined }
  const question = questionOf(request.query, web.clock())
  const { records, next } = await web.bridge.history.after(session, question, wish, context)
  response.set('Rolebridge-Cursor', next)
  const written = recordFormats[format]
  if (written === undefined) return void response.json({ records, next })
  await sendRecords(response, written, each(records), 'audit')
}

async function* each(records: readonly HistoryRecord[]) {
  yield* records
}

function formatOf(request: Request): string {
  const named = field(request.query, 'format')
  if (named === undefined || named === '') {
    const accepted = request.accepts(Object.keys(acceptable))
    return (accepted && acceptable[accepted]) || 'json'
  }
  const known = ['json', ...Object.keys(recordFormats)]
  if (known.includes(named)) return named
  throw new Refusal('invalid_request', 'no such format', {
    say: `format must be one of ${known.join(', ')}.`,
  })
}
