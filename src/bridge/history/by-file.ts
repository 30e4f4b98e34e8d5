import { Refusal } from '../../core/index.ts'
import type { AuditFilter, AuditRecord } from '../../events/index.ts'
import type { HistoryFilter } from '../../history/index.ts'
import type { BridgeParts } from '../parts.ts'
import { isAboutOneOf } from './own.ts'
import type { Source } from './source.ts'

/** One question looks through so much of the trail: some thirty thousand records. */
const mostBytes = 16 * 1024 * 1024
const mostAround = 100

/** Where there is no database: the audit file of this node, read backwards. It has an order of time and nothing else. */
export function byFile(trail: NonNullable<BridgeParts['trail']>): Source {
  const search: Source['search'] = async (filter, { limit, before, newer }) => {
    if (newer !== undefined) throw needsDatabase()
    const place = before === undefined ? undefined : readPlace(before)
    const found = trail({ ...simple(filter), ...(place && { until: place.at + 1 }), mostBytes })
    const records: AuditRecord[] = []
    // Records of one moment: those before the place were shown.
    let shown = place === undefined
    try {
      for (;;) {
        const { done, value } = await found.next()
        if (done)
          return { records, ...(value !== undefined && { searchedBackTo: value, older: cursorOf(value) }) }
        if (!shown && Date.parse(value.at) === place?.at) {
          shown = value.id === place.id
          continue
        }
        shown = true
        if (matches(value, filter)) records.push(value)
        if (records.length === limit) return { records, older: cursorOf(Date.parse(value.at), value.id) }
      }
    } finally {
      await found.return(undefined) // closes the file
    }
  }
  return {
    search,
    after: async () => {
      throw needsDatabase()
    },
    async *stream(filter) {
      for await (const record of trail(simple(filter))) if (matches(record, filter)) yield record
    },
    around: async (record) => {
      const { sessionId: session, requestId } = record as { sessionId?: string; requestId?: string }
      if (session === undefined && requestId === undefined) return [record]
      const filter = session !== undefined ? { session } : { requestId: requestId as string }
      return (await search(filter, { limit: mostAround })).records.toReversed()
    },
    perHour: async () => undefined,
    uses: async () => undefined,
    standing: async () => ({ from: 'file' }),
  }
}

/** What the reader of the file can use to read less. */
const simple = ({ user, since, until, or }: HistoryFilter): AuditFilter => ({
  ...(user !== undefined && or === undefined && { user }),
  ...(since !== undefined && { since }),
  ...(until !== undefined && { until }),
})

const needsDatabase = () =>
  new Refusal('invalid_request', 'a cursor of the history, and there is no database', {
    say: 'This bridge has no history database, so nobody can follow its records. Ask by since and until.',
  })

const cursorOf = (at: number, id = '') => `file.${at}.${id}`

function readPlace(cursor: string): { readonly at: number; readonly id: string } {
  const [, at, id] = /^file\.(\d{1,15})\.([\w-]*)$/.exec(cursor) ?? []
  if (at === undefined || id === undefined)
    throw new Refusal('invalid_request', 'this cursor is none of the audit file', {
      say: 'This cursor is of another bridge or another time. Please begin anew.',
    })
  // A place without a record is one that was looked through up to its time.
  return id === '' ? { at: Number(at) - 1, id } : { at: Number(at), id }
}

/** Fields of records by the names of filters that compare them whole. */
const fields = {
  user: 'user',
  nameId: 'nameId',
  idp: 'idp',
  protocol: 'protocol',
  issuer: 'issuer',
  role: 'roleArn',
  account: 'accountId',
  rule: 'rule',
  code: 'code',
  requestId: 'requestId',
  access: 'request',
  session: 'sessionId',
  address: 'sourceIp',
  accessKeyId: 'accessKeyId',
  id: 'id',
} as const satisfies Partial<Record<keyof HistoryFilter, string>>

/** Whether a record fits, as the database would have it. */
function matches(record: AuditRecord, { or, ...filter }: HistoryFilter): boolean {
  return fits(record, filter) || (or !== undefined && fits(record, or))
}

function fits(record: AuditRecord, filter: Omit<HistoryFilter, 'or'>): boolean {
  const of = record as unknown as Readonly<Record<string, unknown>>
  const { person, about, type, outcome, since, until, text } = filter
  const at = Date.parse(record.at)
  return (
    Object.entries(fields).every(([name, field]) => {
      const wanted = filter[name as keyof typeof fields]
      return wanted === undefined || of[field] === wanted
    }) &&
    (person === undefined || (of.user === person.user && isAboutOneOf(person, record))) &&
    (about === undefined ||
      (of.person === about.user && (about.ref === undefined || of.personRef === about.ref))) &&
    (type === undefined || [type].flat().includes(record.type)) &&
    (outcome === undefined || (of.code === undefined) === (outcome === 'ok')) &&
    (since === undefined || at >= since) &&
    (until === undefined || at < until) &&
    (text === undefined || JSON.stringify(record).toLowerCase().includes(written(text)))
  )
}

/** As JSON writes it. */
const written = (text: string) => JSON.stringify(text).slice(1, -1).toLowerCase()
