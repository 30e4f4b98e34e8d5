import type { Explanation } from '../../core/index.ts'
import type { AllowRule, Rule } from '../compile/policy.ts'
import type { Trace } from '../evaluate/trace.ts'
import { nearMisses } from './advice.ts'
import { summarize, summarizeRole, telling } from './summary.ts'
import { mayConcern, type Question, type Told, tellRule } from './tell-rule.ts'

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
  const { outcome, steps } = decisiveFirst(told, roleArn)
  // In full, of the rules for this role. Else of all: whose role it is must not show by what is said here.
  const near = () => nearMisses(trace, (full ? concerned : trace.policy.rules).filter(isAllow))
  const decisive = told.find((step) => step.outcome === outcome)
  const advice = outcome === undefined ? [...near(), again] : [decisive?.remedy ?? []].flat()
  const reasons = decisive?.reasons?.join(' ') ?? ''
  return {
    summary: roleArn === undefined ? summarize(trace) : summarizeRole(steps, roleArn, reasons),
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
  const decisive = outcome
    ? told
        .filter((step) => step.outcome === outcome && tells(step))
        .slice(0, outcome === 'granted' ? undefined : 1)
    : told.filter(({ about }) => about.effect === 'allow').slice(0, fewRules)
  const plain = ({ about: _, reasons: __, remedy: ___, ...step }: Told): Step => step
  const steps: readonly Step[] = [
    ...decisive.map((step) => ({ ...plain(step), decisive: true as const })),
    ...told.filter((step) => !decisive.includes(step)).map(plain),
  ]
  return { outcome, steps }
}
