import type { Response } from 'express'
import type { Refusal, StepUp } from '../../core/index.ts'
import type { Web } from '../deps.ts'

/** Doors at which a role may be shut that a sign-in in the browser opens. */
export const stepUpDoors = ['portal', 'console', 'cli', 'aws-sso'] as const
export type StepUpDoor = (typeof stepUpDoors)[number]

/** The page that offers the sign-in for a role, judged as this door would. */
export function stepUpPage(roleArn: string, door: StepUpDoor): string {
  return `/step-up?${new URLSearchParams({ role: roleArn, ...(door !== 'portal' && { for: door }) })}`
}

/** The same for programs: what the sign-in has to bring, and where a person makes it. */
export function stepUpView({ mfa, freshWithin, contexts }: StepUp) {
  return {
    ...(mfa && { mfa }),
    ...(freshWithin !== undefined && { fresh_within: freshWithin }),
    ...(contexts && { contexts }),
  }
}

/** What a problem document says of a refusal that a sign-in would mend. */
export function stepUpProblem({ baseUrl }: Pick<Web, 'baseUrl'>, { stepUp }: Refusal, response: Response) {
  const role: string | undefined = response.locals.roleArn
  if (stepUp === undefined || role === undefined) return {}
  return { step_up: { role, ...stepUpView(stepUp), page: baseUrl + stepUpPage(role, 'cli') } }
}
