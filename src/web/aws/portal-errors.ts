import type { ErrorRequestHandler, Response } from 'express'
import { type Refusal, type RefusalCode, sayStepUp } from '../../core/index.ts'
import type { Web } from '../deps.ts'
import { asRefusal, report, sayWhen } from '../pages/errors.ts'
import { askPath } from '../pages/requests/view.ts'
import { stepUpPage } from '../pages/step-up-page.ts'
import { nameError } from './names.ts'

/** The exceptions of the portal API that are not told by the status alone. */
const exceptions: Partial<Record<RefusalCode, readonly [status: number, name: string]>> = {
  session_required: [401, 'UnauthorizedException'],
  // The CLI answers both with the advice to sign in again.
  reauthentication_required: [401, 'UnauthorizedException'],
  not_found: [404, 'ResourceNotFoundException'],
  too_many_requests: [429, 'TooManyRequestsException'],
}

/** Answers every error of the portal API; what is temporary has a status on which SDKs try again. */
export function portalProblem(web: Web): ErrorRequestHandler {
  return (error: unknown, request, response, next) => {
    if (response.headersSent) return next(error)
    const refusal = asRefusal(error)
    report(web, error, refusal, request, response)
    sayWhen(response, refusal)
    const [status, name] = refusal ? nameOf(refusal) : ([500, 'InternalServerException'] as const)
    nameError(response, status, name).json({
      message: refusal ? sayTo(web, refusal, response) : 'Something went wrong on our side.',
    })
  }
}

function nameOf({ code, status }: Refusal): readonly [status: number, name: string] {
  const known = exceptions[code]
  if (known) return known
  if (status >= 500) return [status, 'ServiceUnavailableException']
  return status === 403 ? [403, 'ForbiddenException'] : [400, 'InvalidRequestException']
}

/** The stock command line shows this text and nothing else of the answer: it names the page that helps. */
function sayTo(
  { baseUrl }: Pick<Web, 'baseUrl'>,
  { code, say, stepUp }: Refusal,
  response: Response,
): string {
  const role: string | undefined = response.locals.roleArn
  if (code === 'request_required' && role !== undefined)
    return `${say} The page for it: ${baseUrl}${askPath(role)}`
  if (stepUp === undefined || role === undefined) return say
  return `${say} ${sayStepUp(stepUp)} at ${baseUrl}${stepUpPage(role, 'aws-sso')} and then run “aws sso login” again.`
}
