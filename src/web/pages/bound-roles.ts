import type { Request, Response } from 'express'
import type { Entitlement } from '../../core/index.ts'
import type { Asked } from '../../oauth/index.ts'
import type { Web } from '../deps.ts'
import { personOf } from '../guards/person.ts'
import { requestContext } from '../request.ts'

/** The roles that a program's session would be bound to; none when it asks for no role, and is bound to none. */
export async function boundRoles(
  { bridge }: Pick<Web, 'bridge'>,
  request: Request,
  response: Response,
  { role, duration }: Pick<Asked, 'role' | 'duration'>,
): Promise<readonly Entitlement[]> {
  if (role === undefined) return []
  const only = { role, ...(duration !== undefined && { duration }) }
  return bridge.entitlements({ ...personOf(response), only }, requestContext(request, response, 'cli'))
}
