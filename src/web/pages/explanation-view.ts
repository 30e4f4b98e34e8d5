import type { Explanation } from '../../core/index.ts'

type Step = Explanation['steps'][number]

const words: Readonly<Record<Step['outcome'], { label: string; tone: string }>> = {
  granted: { label: 'granted', tone: 'good' },
  denied: { label: 'denied', tone: 'bad' },
  condition_failed: { label: 'condition not met', tone: 'bad' },
  request_needed: { label: 'must be asked for', tone: 'bad' },
  not_offered: { label: 'not offered', tone: 'bad' },
  superseded: { label: 'another rule decided', tone: 'quiet' },
  obstructed: { label: 'gives no role', tone: 'bad' },
  not_matched: { label: 'does not concern you', tone: 'quiet' },
}

/** The decision for the page: what decided it first, the rules that do not concern the person apart. */
export function explanationView({ summary, steps, advice = [] }: Explanation) {
  const shown = steps.map((step) => ({ ...step, ...words[step.outcome], ...decided(step) }))
  const isOpen = (step: Step) => step.decisive === true || step.outcome !== 'not_matched'
  return {
    summary,
    advice,
    // Nobody is sent through a sign-in that cannot help.
    again: !steps.some((step) => step.outcome === 'denied' && step.decisive),
    ask: !steps.some((step) => step.outcome === 'granted' && step.decisive),
    steps: shown.filter(isOpen),
    others: shown.filter((step) => !isOpen(step)),
  }
}

/** A rule that would have decided, had it applied, is not one that does not concern the person. */
function decided({ outcome, decisive }: Step) {
  return outcome === 'not_matched' && decisive ? { label: 'no match', tone: 'bad' } : {}
}
