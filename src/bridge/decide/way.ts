import { type Entitlement, type Explanation, formatDuration, rolesOnTheWay } from '../../core/index.ts'

/** The explanation, with the way to each granted role that is taken through others, and how long AWS allows that. */
export function tellWay(explanation: Explanation, entitlements: readonly Entitlement[]): Explanation {
  const steps = explanation.steps.map((step) => {
    const entitlement = entitlements.find(({ roleArn }) => roleArn === step.roleArn)
    const way = entitlement === undefined ? [] : rolesOnTheWay(entitlement)
    if (step.outcome !== 'granted' || entitlement === undefined || way.length === 0) return step
    const most = formatDuration(entitlement.maxDuration)
    return { ...step, say: `${step.say} It is taken through ${way.join(', then ')}, for ${most} at most.` }
  })
  return { ...explanation, steps }
}
