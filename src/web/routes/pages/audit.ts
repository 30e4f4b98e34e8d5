import { type Request, type Response, Router } from 'express'
import type { HistoryPage, HistoryQuestion } from '../../../bridge.ts'
import { Refusal, type RequestContext } from '../../../core/index.ts'
import { recordFormats } from '../../audit/formats.ts'
import { hoursPicture, spanOf } from '../../audit/hours.ts'
import { filterNames, questionOf } from '../../audit/question.ts'
import { recognise } from '../../audit/recognise.ts'
import { allFields, byDay, rowOf, typeChoices } from '../../audit/row.ts'
import { knownTypes, sayRecord } from '../../audit/say.ts'
import { sendRecords } from '../../audit/send.ts'
import { sayStanding } from '../../audit/standing.ts'
import { usesPicture } from '../../audit/uses.ts'
import type { Route, Web } from '../../deps.ts'
import { personOf } from '../../guards/person.ts'
import { page, seeOther } from '../../pages/render.ts'
import { field, requestContext } from '../../request.ts'

const perPage = 50
const sheet = 'records.css'
const known = [...filterNames, 'q', 'before', 'newer']

/** What happened: everybody's for those with an office, one's own for everybody else. */
export const auditRoutes: Route = (web) =>
  Router()
    .get('/audit', ...web.signedIn, (request, response) => list(web, request, response))
    .get('/audit/export', ...web.signedIn, async (request, response) => {
      const format = field(request.query, 'format', 16) ?? ''
      const written = Object.hasOwn(recordFormats, format) ? recordFormats[format] : undefined
      if (written === undefined)
        throw new Refusal('invalid_request', 'no such format', {
          say: `Records can be exported as ${Object.keys(recordFormats).join(', ')}.`,
        })
      const [unknown] = unknownIn(request, [...filterNames, 'format'])
      if (unknown !== undefined)
        throw new Refusal('invalid_request', 'no such filter', {
          say: `There is no filter called “${unknown}”.`,
        })
      const question = questionOf(request.query, web.clock())
      const context = requestContext(request, response, 'portal')
      const records = await web.bridge.history.take(personOf(response), question, { format }, context)
      await sendRecords(
        response,
        written,
        records,
        `audit-${new Date(web.clock()).toISOString().slice(0, 10)}`,
      )
    })
    .get('/audit/:id', ...web.signedIn, async (request, response) => {
      const context = requestContext(request, response, 'portal')
      const id = String(request.params.id)
      const { record, around } = await web.bridge.history.record(personOf(response), id, context)
      const now = web.clock()
      page(response, 'record', {
        title: sayRecord(record),
        sheet,
        row: rowOf(record, now),
        fields: allFields(record),
        raw: JSON.stringify(record, null, 2),
        around: around.map((one) => ({ ...rowOf(one, now), current: one.id === record.id })),
      })
    })

async function list(web: Web, request: Request, response: Response): Promise<void> {
  const address = cleaned(request)
  if (address !== undefined) return seeOther(response, address)
  const person = personOf(response)
  const context = requestContext(request, response, 'portal')
  const now = web.clock()
  const { filters, question, found, as } = await look(web, request, response, context)
  const first = field(request.query, 'before') === undefined && field(request.query, 'newer') === undefined
  const span = spanOf(question, now)
  const hours = first
    ? await web.bridge.history.perHour(person, { ...question, since: span.from, until: span.until })
    : undefined
  const seesAll = web.bridge.history.seesAll(person)
  const own = !seesAll || question.mine === true
  const uses =
    first && (own || question.user !== undefined)
      ? await web.bridge.history.uses(person, question)
      : undefined
  const link = (more: Readonly<Record<string, string | undefined>>) =>
    linkTo('/audit', { ...filters, ...more })
  page(response, 'audit', {
    title: own ? (seesAll ? 'My own activity' : 'My activity') : 'Audit trail',
    sheet,
    seesAll,
    filters,
    as,
    filtered: Object.keys(filters).length > 0,
    unknown: unknownIn(request, known),
    unasked: link({}),
    types: typeChoices(knownTypes),
    days: byDay(found.records, now),
    ...(found.older !== undefined && { older: link({ before: found.older }) }),
    ...(found.newer !== undefined && { newer: link({ newer: found.newer }) }),
    newest: first ? undefined : link({}),
    ...(found.searchedBackTo !== undefined && {
      searchedBackTo: new Date(found.searchedBackTo).toISOString().slice(0, 16).replace('T', ' '),
    }),
    ...(hours && { hours: hoursPicture(hours, span), spans: spansOf(filters, link) }),
    ...(uses && uses.length > 0 && { uses: usesPicture(uses, now) }),
    exports: Object.keys(recordFormats).map((format) => ({
      label: format.toUpperCase(),
      href: linkTo('/audit/export', { ...filters, format }),
    })),
    standing: sayStanding(await web.bridge.history.standing()),
  })
}

interface Looked {
  readonly filters: Readonly<Record<string, string>>
  readonly question: HistoryQuestion
  readonly found: HistoryPage
  /** As what the quick field’s words were found. */
  readonly as?: string
}

/** Asks by the filters, and where somebody pasted something, by what it may be until something is found. */
async function look(
  web: Web,
  request: Request,
  response: Response,
  context: RequestContext,
): Promise<Looked> {
  const wish = {
    limit: perPage,
    before: field(request.query, 'before'),
    newer: field(request.query, 'newer'),
  }
  const given = Object.fromEntries(
    filterNames.flatMap((name) => {
      const value = field(request.query, name)?.trim()
      return value ? [[name, value] as const] : []
    }),
  )
  const ask = async (filters: Readonly<Record<string, string>>): Promise<Looked> => {
    const question = questionOf(filters, web.clock())
    return {
      filters,
      question,
      found: await web.bridge.history.search(personOf(response), question, wish, context),
    }
  }
  const pasted = field(request.query, 'q')?.trim()
  if (!pasted) return ask(given)
  const guesses = recognise(pasted)
  for (const [index, { name, as }] of guesses.entries()) {
    const looked = await ask({ ...given, [name]: pasted }).catch((error: unknown) => {
      // Of a name that may be somebody else's, the words may still be in one's own records.
      if (error instanceof Refusal && error.code === 'not_entitled' && index < guesses.length - 1)
        return undefined
      throw error
    })
    if (looked && (looked.found.records.length > 0 || index === guesses.length - 1)) return { ...looked, as }
  }
  return ask(given)
}

/** What the address asks for that is no filter, to be said: left out silently, a slip of the pen would show everything. */
const unknownIn = (request: Request, known: readonly string[]) =>
  Object.keys(request.query)
    .filter((name) => !known.includes(name))
    .slice(0, 5)
    .map((name) => name.slice(0, 60))

/** The address without the fields that a form sent empty; undefined when it has none. */
function cleaned(request: Request): string | undefined {
  const all = Object.entries(request.query)
  const kept = all.filter(([, value]) => value !== '')
  if (kept.length === all.length) return undefined
  return linkTo('/audit', Object.fromEntries(kept.map(([name]) => [name, field(request.query, name)])))
}

function linkTo(path: string, parameters: Readonly<Record<string, string | undefined>>): string {
  const given = Object.entries(parameters).filter((one): one is [string, string] => one[1] !== undefined)
  return given.length === 0 ? path : `${path}?${new URLSearchParams(given)}`
}

/** Spans of time to choose with one press. */
function spansOf(filters: Looked['filters'], link: (more: Record<string, string | undefined>) => string) {
  return [
    { label: 'Last 24 hours', since: '24h' },
    { label: 'Last 7 days', since: '7d' },
    { label: 'Last 30 days', since: '30d' },
    { label: 'Any time', since: undefined },
  ].map(({ label, since }) => ({
    label,
    href: link({ since, until: undefined }),
    current: filters.since === since && filters.until === undefined,
  }))
}
