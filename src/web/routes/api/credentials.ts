import { type Request, type Response, Router } from 'express'
import { z } from 'zod'
import { isPurpose, longestPurpose, parseEntitlementArn, Refusal, withReason } from '../../../core/index.ts'
import { readBody } from '../../api/body.ts'
import { durationField } from '../../api/duration.ts'
import type { Route, Web } from '../../deps.ts'
import { callerOf, jsonBody, requireBearer } from '../../guards/bearer.ts'

const roleWish = {
  role: z.string().min(1).max(2048),
  /** Id or name of the account, where `role` is only a name. */
  account: z.string().min(1).max(256).optional(),
  duration: durationField.optional(),
  policy: z
    .union([z.string(), z.record(z.string(), z.unknown()).transform((policy) => JSON.stringify(policy))])
    .optional(),
  readOnly: z.boolean().optional(),
  purpose: z
    .string()
    .refine(isPurpose, `is not one line of 1 to ${longestPurpose} printable characters`)
    .optional(),
}

const credentialsWish = z.strictObject(roleWish)
const consoleWish = z.strictObject({ ...roleWish, destination: z.string().max(2048).optional() })

/** What was asked for and nothing else: an empty policy is no policy, and is refused as one. */
function termsOf<T extends object>(given: T) {
  const { role: _, account: __, ...terms } = { role: '', account: '', ...given }
  return Object.fromEntries(Object.entries(terms).filter(([, value]) => value !== undefined)) as Given<
    Omit<T, 'role' | 'account'>
  >
}

type Given<T> = { readonly [K in keyof T]?: Exclude<T[K], undefined> }

/** Takes a role: as credentials, or as a link to the console. */
export const apiCredentialsRoutes: Route = (web) =>
  Router()
    .post('/api/v1/credentials', requireBearer(web), jsonBody, async (request, response) => {
      const { session, context } = callerOf(request, response)
      const wish = readBody(credentialsWish, request)
      const id = await roleOf(web, request, response, wish)
      response.locals.roleArn = id
      const issued = await web.bridge.issue(session, id, termsOf(wish), context)
      const { expiresAt, receipt: _, ...credentials } = issued
      response.json({ ...credentials, expiration: new Date(expiresAt).toISOString() })
    })
    .post('/api/v1/console', requireBearer(web), jsonBody, async (request, response) => {
      const { session, context } = callerOf(request, response)
      const wish = readBody(consoleWish, request)
      const id = await roleOf(web, request, response, wish)
      response.locals.roleArn = id
      const url = await web.bridge.consoleUrl(session, id, termsOf(wish), context)
      response.json({ url })
    })

/**
 * The role ARN that a wish means: an ARN as it is, else `account/role`, or a role name with an account, by the
 * roles the person may take. An ARN nobody may take goes on too: its refusal belongs into the audit trail.
 */
async function roleOf(
  web: Web,
  request: Request,
  response: Response,
  { role, account, purpose }: { readonly role: string; readonly account?: string; readonly purpose?: string },
): Promise<string> {
  if (parseEntitlementArn(role)) return role
  const { session, context } = callerOf(request, response)
  const [where, name] = account === undefined && role.includes('/') ? split(role) : [account, role]
  const entitlements = await web.bridge.entitlements(session, withReason(context, purpose))
  const found = entitlements.filter(
    (one) =>
      one.roleName === name && (where === undefined || [one.account.id, one.account.name].includes(where)),
  )
  const [only, ...others] = found
  if (only && others.length === 0) return only.id
  if (only) {
    const say = 'Several roles have this name. Name the account too, or give the whole role ARN.'
    throw new Refusal('invalid_request', `${found.length} roles have this name`, { say })
  }
  if (where !== undefined && /^\d{12}$/.test(where)) return `arn:aws:iam::${where}:role/${name}`
  throw new Refusal('not_entitled', `no role of the name ${name}`)
}

function split(role: string): readonly [string, string] {
  const slash = role.lastIndexOf('/')
  return [role.slice(0, slash), role.slice(slash + 1)]
}
