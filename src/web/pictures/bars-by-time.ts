import { drawing, type Svg, svg } from './svg.ts'

/** What is counted, and how often it happened from one step of time to the next, the earliest first. */
interface Series {
  readonly label: string
  readonly counts: readonly number[]
}

export interface BarsByTime {
  /** Names the picture in its page. */
  readonly id: string
  /** Start of the first step, epoch milliseconds. */
  readonly from: number
  /** Milliseconds of a step. */
  readonly step: number
  readonly series: readonly Series[]
}

const [wide, bar, height] = [10, 8, 32]

/**
 * A row of bars for each series, each with its own label, sum and peak in words: told apart by their places and read by
 * their numbers, so that nobody needs a colour. With them the same as a table.
 */
export function barsByTime({ id, from, step, series }: BarsByTime) {
  const steps = Math.max(0, ...series.map(({ counts }) => counts.length))
  const highest = Math.max(1, ...series.flatMap(({ counts }) => counts))
  const named = (index: number) => sayTime(from + index * step, step)
  return {
    rows: series.map(({ label, counts }, index) => {
      const total = counts.reduce((sum, count) => sum + count, 0)
      const peak = Math.max(0, ...counts)
      const say =
        total === 0 ? 'None.' : `${total} in all, most (${peak}) from ${named(counts.indexOf(peak))} on.`
      return { label, total, say, picture: bars(`${id}-${index}`, label, say, counts, highest) }
    }),
    axis: marks(steps).map(named),
    table: Array.from({ length: steps }, (_, index) => ({
      when: named(index),
      counts: series.map(({ counts }) => counts[index] ?? 0),
    })).filter(({ counts }) => counts.some((count) => count > 0)),
  }
}

function bars(id: string, title: string, say: string, counts: readonly number[], highest: number): Svg {
  const width = Math.max(1, counts.length) * wide
  const line = svg('path', {
    class: 'ground',
    d: `M0 ${height}H${width}`,
    'vector-effect': 'non-scaling-stroke',
  })
  const drawn = counts.flatMap((count, index) => {
    // One among thousands is still seen.
    const tall = Math.max(2, Math.round((count / highest) * height))
    return count === 0
      ? []
      : [svg('rect', { class: 'bar', x: index * wide + 1, y: height - tall, width: bar, height: tall })]
  })
  return drawing({ id, title, say, width, height }, ...drawn, line)
}

/** Steps that get a name beneath: a few, evenly, the first and the last among them. */
function marks(steps: number): readonly number[] {
  if (steps === 0) return []
  const last = steps - 1
  return [...new Set([0, Math.round(last / 3), Math.round((last * 2) / 3), last])]
}

const day = 24 * 3600 * 1000

/** `13:00`; with month and day where a row is longer than one. Times of this server are UTC, for readers sit in many zones. */
function sayTime(at: number, step: number): string {
  const text = new Date(at).toISOString()
  const time = text.slice(11, 16)
  return step * 24 > day ? `${text.slice(5, 10)} ${time}` : time
}
