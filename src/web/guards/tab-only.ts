import type { Request, RequestHandler } from 'express'
import { Refusal } from '../../core/index.ts'

/**
 * For pages that are opened in a tab and nowhere else: images, frames and scripts of any site may ask for them in the
 * browser of whoever looks at it. Stands before what counts requests by address, or a page that a colleague looks at
 * could use up the sign-ins of their whole office. Browsers without Fetch Metadata say nothing and pass.
 */
export const tabOnly: RequestHandler = (request, _response, next) => {
  const dest = request.get('sec-fetch-dest')
  if (dest !== undefined && dest !== 'document') throw noTab(`dest ${dest}`)
  next()
}

/** As `tabOnly`, and not ahead of the person either: what is prefetched or prerendered nobody has opened. */
export const openedTabOnly: RequestHandler = (request, response, next) => {
  const purpose = purposeOf(request)
  if (/prefetch|prerender|preview/i.test(purpose)) throw noTab(`purpose ${purpose}`)
  tabOnly(request, response, next)
}

const purposeOf = (request: Request) => request.get('sec-purpose') ?? request.get('purpose') ?? ''

const noTab = (what: string) =>
  new Refusal('invalid_request', `not a tab: ${what.slice(0, 100)}`, {
    say: 'Please open this link in a tab of its own.',
  })
