import type { Event } from '../events/index.ts'
import type { Verdict } from './post.ts'

interface Format {
  readonly contentType: string
  readonly body: (events: readonly Event[]) => string
  readonly judge?: (text: string) => Verdict
}

const lines = (values: readonly unknown[]) => values.map((value) => `${JSON.stringify(value)}\n`).join('')

/** How a batch of events is written down, by what reads it. */
export const formats = {
  ndjson: { contentType: 'application/x-ndjson', body: lines },
  json: { contentType: 'application/json', body: (events) => JSON.stringify(events) },
  /** Splunk's HTTP Event Collector, `/services/collector/event`. */
  splunk: {
    contentType: 'application/json',
    body: (events) =>
      lines(
        events.map((event) => ({
          time: Date.parse(event.at) / 1000,
          source: 'rolebridge',
          sourcetype: '_json',
          event,
        })),
      ),
  },
  /** Elasticsearch's and OpenSearch's `_bulk`: an index or a data stream; an event that is there already is none too many. */
  elastic: {
    contentType: 'application/x-ndjson',
    body: (events) =>
      lines(events.flatMap((event) => [{ create: { _id: event.id } }, { '@timestamp': event.at, ...event }])),
    judge: judgeBulk,
  },
} as const satisfies Record<string, Format>

export const formatNames = ['ndjson', 'json', 'splunk', 'elastic'] as const satisfies (keyof typeof formats)[]

/** `_bulk` says 200 whatever became of each. 409: it has that one already. */
function judgeBulk(text: string): Verdict {
  const statuses = statusesIn(text)
  if (statuses === undefined)
    return {
      outcome: 'later',
      reason: 'the answer is none of _bulk (filter_path must leave errors and items.*.status)',
    }
  const bad = statuses.filter((status) => status !== 409 && (status < 200 || status > 299))
  const [first] = bad
  if (first === undefined) return { outcome: 'delivered' }
  const reason = `_bulk answered ${first} for ${bad.length} of ${statuses.length}`
  const hopeless = bad.some((status) => status >= 400 && status < 500 && status !== 429)
  return { outcome: hopeless ? 'refused' : 'later', reason }
}

function statusesIn(text: string): readonly number[] | undefined {
  try {
    const { errors, items = [] } = JSON.parse(text)
    if (typeof errors !== 'boolean' || !Array.isArray(items)) return undefined
    if (!errors) return []
    const statuses = items.map((item) => Number(item?.create?.status))
    return statuses.length > 0 && statuses.every(Number.isInteger) ? statuses : undefined
  } catch {
    return undefined
  }
}
