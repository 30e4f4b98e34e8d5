import type { HourCounts } from '../../bridge.ts'
import { sayMoment } from '../../core/index.ts'
import { barsByTime } from '../pictures/bars-by-time.ts'

const hour = 3600 * 1000
const mostSteps = 48

/** Which hours a picture shows, whole ones: so far back as was asked for, a day where nothing was. */
export function spanOf({ since, until }: { since?: number; until?: number }, now: number) {
  const end = Math.ceil(Math.min(until ?? now, now) / hour) * hour
  const start = Math.floor(Math.max(since ?? end - 24 * hour, end - 400 * 24 * hour) / hour) * hour
  const hours = Math.max(1, (end - start) / hour)
  const step = [1, 6, 24, 168, 720].find((wide) => hours / wide <= mostSteps) ?? 720
  const steps = Math.ceil(hours / step)
  return { from: end - steps * step * hour, until: end, step: step * hour, steps }
}

/** Sign-ins, hand-outs and refusals over a span of time. */
export function hoursPicture({ hours }: HourCounts, span: ReturnType<typeof spanOf>) {
  const series = [
    { label: 'Sign-ins', fits: ({ type }: Hour) => type === 'sign_in' },
    { label: 'Hand-outs', fits: ({ type }: Hour) => type === 'credentials_issued' },
    { label: 'Refused', fits: ({ code }: Hour) => code !== undefined },
  ].map(({ label, fits }) => {
    const counts = Array.from({ length: span.steps }, () => 0)
    for (const one of hours) {
      const index = Math.floor((one.at - span.from) / span.step)
      if (fits(one) && counts[index] !== undefined) counts[index] += one.count
    }
    return { label, counts }
  })
  const [from, until] = [span.from, span.until].map((at) => sayMoment(at).replace(/ UTC$/, ''))
  return {
    caption: `${from} to ${until} UTC`,
    ...barsByTime({ id: 'hours', from: span.from, step: span.step, series }),
  }
}

type Hour = HourCounts['hours'][number]
