import type { Explanation } from '../../core/index.ts'
import type { AllowRule, Rule } from '../compile/policy.ts'
import type { Trace } from '../evaluate/trace.ts'
import { nearMisses } from './advice.ts'
import { summarize, summarizeRole, telling } from './summary.ts'
import { mayConcern, type Question, rulesAlone, type Told, tellRule } from './tell-rule.ts'

type Step = Explanation['steps'][number]

/**
 * Puts a trace into words: why each rule did or did not lead to a role. Shows the person's own values and the rules
 * that concern them; others only in full.
 */
export function explain(trace: Trace, { roleArn, full = false }: Question = {}): Explanation {
  const stepsOf = new Map<Rule, Trace['steps'][number][]>()
  for (const step of trace.steps) {
    const own = stepsOf.get(step.rule)
    if (own) own.push(step)
    else stepsOf.set(step.rule, [step])
  }
  const concerned = trace.policy.rules.filter((rule) => roleArn === undefined || mayConcern(rule, roleArn))
  const told = concerned.flatMap((rule) => tellRule(trace, rule, stepsOf.get(rule) ?? [], { roleArn, full }))
  const { outcome, decisive, steps } = decisiveFirst(told, roleArn)
  // In full, of the rules for this role. Else of all: whose role it is must not show by what is said here.
  const near = () => nearMisses(trace, (full ? concerned : trace.policy.rules).filter(isAllow))
  const { why, remedy } = inTheWay(told, decisive, roleArn)
  const advice = outcome === undefined ? [...near(), again] : [remedy ?? []].flat()
  return {
    summary: roleArn === undefined ? summarize(trace) : summarizeRole(steps, roleArn, why),
    steps,
    ...(advice.length > 0 && { advice }),
  }
}

const isAllow = (rule: Rule): rule is AllowRule => rule.effect === 'allow'

const again = 'If your groups were changed just now, sign in again.'

/** Nobody reads more than a few rules that do not apply. */
const fewRules = 3

/** Marks what the answer follows from, and puts it before everything else. */
function decisiveFirst(told: readonly Told[], asked: string | undefined) {
  // A rule that denies what nothing grants has decided only where somebody asks for just that role.
  const tells = (step: Told) => step.outcome !== 'denied' || asked !== undefined || step.roleArn !== undefined
  const outcome = telling.find((one) => told.some((step) => step.outcome === one && tells(step)))
  // Of denials the one that nothing lifts, else the one of a role that a rule would give.
  const rank = (step: Told) => (step.reasons === undefined ? 0 : step.roleArn === undefined ? 2 : 1)
  const settling = told.filter((step) => step.outcome === outcome && tells(step))
  const decisive = outcome
    ? outcome === 'granted'
      ? settling
      : settling.toSorted((a, b) => rank(a) - rank(b)).slice(0, 1)
    : told.filter(({ about }) => about.effect === 'allow').slice(0, fewRules)
  const plain = ({ about: _, reasons: __, remedy: ___, ...step }: Told): Step => step
  const steps: readonly Step[] = [
    ...decisive.map((step) => ({ ...plain(step), decisive: true as const })),
    ...told.filter((step) => !decisive.includes(step)).map(plain),
  ]
  return { outcome, decisive: decisive[0], steps }
}

/** Why a role is shut and what would help: of one that is denied, all that keeps it shut, if some rule leads to it. */
function inTheWay(
  told: readonly Told[],
  decisive: Told | undefined,
  asked: string | undefined,
): { readonly why: string; readonly remedy: string | undefined } {
  const { outcome, reasons = [], remedy } = decisive ?? {}
  if (reasons.length === 0) return { why: '', remedy }
  if (outcome !== 'denied' || asked === undefined) return { why: `. ${reasons.join(' ')}`, remedy }
  const would = told.filter((step) => step.about.effect === 'allow' && step.reasons !== undefined)
  const leading = would.find((step) => step.outcome === 'denied') ?? would[0]
  if (leading === undefined) return { why: '', remedy: rulesAlone }
  const denials = told.filter((step) => step.outcome === 'denied')
  const by = denials.find((step) => step.about.effect === 'deny')?.rule
  const all = [...denials, leading]
  const remedies = [...new Set(all.map((step) => step.remedy))].toSorted()
  return {
    why: `: rule "${by}" denies it. ${[...new Set(all.flatMap((step) => step.reasons ?? []))].join(' ')}`,
    // With a second factor stands before without, and mends both.
    remedy: remedies.includes(undefined) ? undefined : remedies[0],
  }
}
