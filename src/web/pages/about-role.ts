import type { Request, Response } from 'express'
import { parseEntitlementArn, type Session } from '../../core/index.ts'
import type { Web } from '../deps.ts'
import { requestContext } from '../request.ts'

/** The role that a failed request was about, in words; undefined when it was about none. */
export async function aboutRole(
  { bridge }: Pick<Web, 'bridge'>,
  request: Request,
  response: Response,
): Promise<{ readonly role: string; readonly account: string; readonly id: string } | undefined> {
  const arn = parseEntitlementArn(String(response.locals.roleArn ?? ''))
  const person: Session | undefined = response.locals.person
  if (arn === undefined || person === undefined) return undefined
  const name = async () => {
    const context = requestContext(request, response, 'portal')
    // What their account is called is the business of whoever has a role there, or would have.
    const known = [...(await bridge.entitlements(person, context)), ...(await bridge.locked(person, context))]
    return known.find(({ account }) => account.id === arn.account)?.account.name
  }
  return { role: arn.name, account: (await attempt(name)) ?? arn.account, id: arn.account }
}

/** This is the error page: whatever stands in its way is left out. */
async function attempt<T>(act: () => Promise<T>): Promise<T | undefined> {
  try {
    return await act()
  } catch {
    return undefined
  }
}
