import type { Request, Response } from 'express'
import { type Refusal, type StepUp, sayStepUp } from '../../core/index.ts'
import type { Asked } from '../../oauth/index.ts'
import type { Web } from '../deps.ts'
import { personOf } from '../guards/person.ts'
import { requestContext } from '../request.ts'
import { page } from './render.ts'

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
  const { roleArn: role, stepUpAt } = response.locals as { roleArn?: string; stepUpAt?: string }
  if (stepUp !== undefined && stepUpAt !== undefined)
    return { step_up: { ...stepUpView(stepUp), page: baseUrl + stepUpAt } }
  if (stepUp === undefined || role === undefined) return {}
  return { step_up: { role, ...stepUpView(stepUp), page: baseUrl + stepUpPage(role, 'cli') } }
}

/**
 * A program that wants the sign-in for a certain role is let in by that sign-in alone. Shows what is missing, with the way
 * back to `returnTo`; false when nothing is. `began`: the person came here by themselves, and by no other site's page.
 */
export async function stepUpFirst(
  { bridge }: Pick<Web, 'bridge'>,
  request: Request,
  response: Response,
  { stepUp }: Pick<Asked, 'stepUp'>,
  { returnTo, began }: { readonly returnTo: string; readonly began: boolean },
): Promise<boolean> {
  if (stepUp === undefined) return false
  const context = requestContext(request, response, 'cli')
  const { open, openable } = await bridge.namedRoles(personOf(response), stepUp, context)
  const [locked] = openable
  if (locked === undefined && open.length > 0) return false
  if (request.method === 'POST') response.status(409)
  if (locked === undefined) {
    page(response, 'message', {
      title: 'No sign-in opens this role',
      say: `A program asks you to sign in for ${quoted(stepUp)}, and you may not take it now, however you sign in. Nothing was approved.`,
      actions: [
        { href: '/explain', label: 'Why not?' },
        { href: '/', label: 'Your roles' },
      ],
    })
    return true
  }
  page(response, 'step-up', {
    title: 'This role wants another sign-in',
    role: { arn: locked.roleArn, name: locked.roleName },
    account: { name: locked.account.name, id: locked.account.id },
    reasons: locked.reasons,
    label: sayStepUp(locked.stepUp),
    door: 'cli',
    returnTo,
    began,
    program: true,
  })
  return true
}

/** Whoever sent the link chose the text: nothing but the name of a role is repeated on a page of ours. */
const quoted = (role: string) => (/^[\w+=,.@:/-]+$/.test(role) ? `the role ${role}` : 'a role')
