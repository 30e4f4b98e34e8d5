import { type Request, type RequestHandler, type Response, Router } from 'express'
import { Refusal, type RequestContext, type Session } from '../../../core/index.ts'
import { askedRole } from '../../aws/asked-role.ts'
import { nameAnswer } from '../../aws/names.ts'
import { partOf } from '../../aws/part.ts'
import { portalProblem } from '../../aws/portal-errors.ts'
import { nameRoles } from '../../aws/role-names.ts'
import type { Route, Web } from '../../deps.ts'
import { rateLimit } from '../../guards/rate-limit.ts'
import { field, requestContext } from '../../request.ts'

/** Requests a minute from one address: tools that write a profile for each role ask for every account. */
const calls = 1200

/**
 * The portal API of AWS IAM Identity Center: what a signed-in CLI or SDK lists and takes. The same policy, issue
 * path and audit trail as every other door.
 */
export const awsPortalRoutes: Route = (web) => {
  const caller = [rateLimit(web, 'portal', calls), requireToken(web)]
  const entitlements = (response: Response) => {
    const { session, context } = callerOf(response)
    return web.bridge.entitlements(session, context)
  }
  return Router()
    .get('/assignment/accounts', caller, async (request: Request, response: Response) => {
      const accounts = [
        ...new Map((await entitlements(response)).map(({ account }) => [account.id, account])).values(),
      ]
      const { items, nextToken } = partOf(request.query, accounts, ({ name, id }) => `${name} ${id}`)
      // The CLI prints all three; the bridge knows no account's e-mail address.
      const accountList = items.map(({ id, name }) => ({
        accountId: id,
        accountName: name,
        emailAddress: '',
      }))
      nameAnswer(response).json({ accountList, nextToken })
    })
    .get('/assignment/roles', caller, async (request: Request, response: Response) => {
      const accountId = accountOf(request)
      const roles = nameRoles(
        (await entitlements(response)).filter(({ account }) => account.id === accountId),
      )
      if (roles.length === 0) {
        throw new Refusal('not_found', 'no role in this account', {
          say: 'You have no role in this account.',
        })
      }
      const { items, nextToken } = partOf(request.query, roles, ({ name }) => name)
      const roleList = items.map(({ name }) => ({ roleName: name, accountId }))
      nameAnswer(response).json({ roleList, nextToken })
    })
    .get('/federation/credentials', caller, async (request: Request, response: Response) => {
      const { session, context } = callerOf(response)
      const accountId = accountOf(request)
      const name = field(request.query, 'role_name', 1024) ?? ''
      if (!/^[\x21-\x7e]{1,1024}$/.test(name))
        throw new Refusal('invalid_request', 'role_name is not of its form')
      const id = await askedRole(web, { session, context }, accountId, name)
      response.locals.roleArn = id
      const { accessKeyId, secretAccessKey, sessionToken, expiresAt } = await web.bridge.issue(
        session,
        id,
        {},
        context,
      )
      const roleCredentials = { accessKeyId, secretAccessKey, sessionToken, expiration: expiresAt }
      nameAnswer(response).json({ roleCredentials })
    })
    .post('/logout', caller, async (_request: Request, response: Response) => {
      const { session, context } = callerOf(response)
      await web.bridge.endSession(session.id, 'user', context)
      nameAnswer(response).status(200).end()
    })
    .use(portalProblem(web))
}

/** Finds the session behind the token, which has a header of its own in this protocol. */
function requireToken(web: Web): RequestHandler {
  return async (request, response, next) => {
    const given = request.get('x-amz-sso_bearer_token') ?? ''
    const session = given.length <= 512 ? await web.oauth.introspect(given) : undefined
    if (session?.kind !== 'aws-sso') {
      const say = 'The session token is not known or has expired. Please run “aws sso login”.'
      throw new Refusal('session_required', 'no live session behind the token', { say })
    }
    response.locals.awsCaller = { session, context: requestContext(request, response, 'aws-sso') }
    next()
  }
}

interface Caller {
  readonly session: Session
  readonly context: RequestContext
}

function callerOf(response: Response): Caller {
  const caller: Caller | undefined = response.locals.awsCaller
  if (caller === undefined) throw new TypeError('callerOf on a route that is not behind requireToken')
  return caller
}

function accountOf(request: Request): string {
  const id = field(request.query, 'account_id', 64) ?? ''
  if (/^\d{12}$/.test(id)) return id
  throw new Refusal('invalid_request', 'account_id', { say: 'account_id must have twelve digits.' })
}
