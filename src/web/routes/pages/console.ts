import { type Request, type Response, Router } from 'express'
import { accountColor, parseRoleArn, Refusal } from '../../../core/index.ts'
import { askedRole } from '../../aws/asked-role.ts'
import type { Route, Web } from '../../deps.ts'
import { checkCsrf } from '../../guards/csrf.ts'
import { isFromElsewhere } from '../../guards/elsewhere.ts'
import { allowFormTo } from '../../guards/headers.ts'
import { noHead } from '../../guards/no-head.ts'
import { personOf } from '../../guards/person.ts'
import { openedTabOnly } from '../../guards/tab-only.ts'
import { rememberRole } from '../../pages/recents.ts'
import { page } from '../../pages/render.ts'
import { field, requestContext } from '../../request.ts'

/**
 * A link to the AWS console, to share and to bookmark: each person who follows it gets in as themselves. It
 * is a GET that acts, as in AWS's own portal: for a tab that a person looks at, and by itself only when no page of
 * another site led here. Whoever wrote such a page chose the destination, so the person is asked.
 */
export const consoleRoutes: Route = (web) =>
  Router()
    .head('/console', noHead('GET, POST'))
    .get('/console', openedTabOnly, ...web.signedIn, async (request, response) => {
      const link = readLink(request.query)
      if (isFromElsewhere(request, web)) return ask(web, request, response, link)
      response.locals.returnTo = request.originalUrl
      await open(web, request, response, link)
    })
    .post('/console', ...web.signedIn, web.form, async (request, response) => {
      checkCsrf(request, web.origin)
      await open(web, request, response, readLink(request.body))
    })

interface Link {
  readonly account: string
  readonly name: string
  readonly destination: string | undefined
  readonly readOnly: boolean
}

function readLink(source: unknown): Link {
  const account = field(source, 'account_id') ?? ''
  const name = field(source, 'role_name', 1024) ?? ''
  const role = parseRoleArn(`arn:aws:iam::${account}:role/${name}`)
  if (role?.account !== account) {
    throw new Refusal('invalid_request', 'account_id or role_name is not of its form', {
      say: 'This link names no account and role.',
    })
  }
  const readOnly = field(source, 'read_only')
  // Anything but the word itself could mean that somebody did not want all of it.
  if (readOnly !== undefined && readOnly !== 'true')
    throw new Refusal('invalid_request', 'read_only is neither absent nor "true"')
  const destination = field(source, 'destination') || undefined
  return { account, name, destination, readOnly: readOnly !== undefined }
}

async function ask(web: Web, request: Request, response: Response, link: Link): Promise<void> {
  const all = await web.bridge.entitlements(personOf(response), requestContext(request, response, 'console'))
  const known = all.find((one) => one.account.id === link.account)?.account
  allowFormTo(response, web.awsSignIn ?? 'https://signin.aws.amazon.com')
  page(response, 'console', {
    title: 'Open the AWS console?',
    link,
    account: { name: known?.name, id: link.account, color: accountColor(known?.color) },
  })
}

async function open(web: Web, request: Request, response: Response, link: Link): Promise<void> {
  const person = personOf(response)
  const context = requestContext(request, response, 'console')
  const id = await askedRole(web, { session: person, context }, link.account, link.name)
  response.locals.roleArn = id
  response.locals.console = true
  const { destination, readOnly } = link
  const wish = { ...(destination && { destination }), ...(readOnly && { readOnly }) }
  const url = await web.bridge.consoleUrl(person, id, wish, context)
  await rememberRole(web.recents, web.clock, person, id)
  // The address holds a sign-in token: no body repeats it, no cache keeps it, no referrer tells it.
  const status = request.method === 'POST' ? 303 : 302
  response.status(status).set({ Location: url, 'Referrer-Policy': 'no-referrer' }).end()
}
