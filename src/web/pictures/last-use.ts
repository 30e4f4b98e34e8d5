import { drawing, svg } from './svg.ts'

export interface LastUse {
  /** Names the picture in its page. */
  readonly id: string
  readonly now: number
  /** Milliseconds back to the left edge. */
  readonly span: number
  readonly rows: readonly { readonly label: string; readonly at?: number | undefined }[]
}

const [width, height] = [300, 12]
const day = 24 * 3600 * 1000

/**
 * A line of time for each, today at its right end, with a mark where it was used last: the further left, the longer ago. What
 * was not used within the span has a broken line and no mark; each says in words when.
 */
export function lastUse({ id, now, span, rows }: LastUse) {
  return rows.map(({ label, at }, index) => {
    const say = sayAge(at === undefined ? undefined : now - at)
    const within = at !== undefined && now - at <= span
    const place = within ? Math.round((1 - Math.max(0, now - at) / span) * (width - 6)) : 0
    const line = svg('path', {
      class: within ? 'ground' : 'ground broken',
      d: `M0 ${height / 2}H${width}`,
      'vector-effect': 'non-scaling-stroke',
    })
    const mark = within ? [svg('rect', { class: 'bar', x: place, y: 0, width: 6, height })] : []
    const picture = drawing({ id: `${id}-${index}`, title: label, say, width, height }, line, ...mark)
    return { label, say, picture }
  })
}

function sayAge(age: number | undefined): string {
  if (age === undefined) return 'never'
  const days = Math.floor(age / day)
  return days <= 0 ? 'today' : days === 1 ? 'yesterday' : `${days} days ago`
}
