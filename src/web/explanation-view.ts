import type { Explanation } from '../core/index.ts'

type Step = Explanation['steps'][number]

const words: Readonly<Record<Step['outcome'], { label: string; tone: string }>> = {
  granted: { label: 'granted', tone: 'good' },
  denied: { label: 'denied', tone: 'bad' },
  condition_failed: { label: 'condition not met', tone: 'bad' },
  not_offered: { label: 'not offered', tone: 'bad' },
  superseded: { label: 'another rule decided', tone: 'quiet' },
  not_matched: { label: 'does not concern you', tone: 'quiet' },
}

/** The decision for the page: what led to something first, the rules that do not concern the person apart. */
export function explanationView({ summary, steps }: Explanation) {
  const shown = steps.map((step) => ({ ...step, ...words[step.outcome] }))
  return {
    summary,
    steps: shown.filter((step) => step.outcome !== 'not_matched'),
    others: shown.filter((step) => step.outcome === 'not_matched'),
  }
}
