import type { Response } from 'express'
import type { SignInStart } from '../../bridge.ts'
import { allowFormTo } from '../guards/headers.ts'
import { page, seeOther } from './render.ts'

/**
 * Sends the browser to the identity provider with a message. After a form a link is followed by a page of ours instead of
 * a redirect, because a form may only lead within this site.
 */
export function goToProvider(
  response: Response,
  start: SignInStart,
  after: 'form' | 'link',
  title = 'Signing in',
): void {
  const { url } = start
  const view = { title, url, host: new URL(url).host }
  if (start.binding === 'post') {
    allowFormTo(response, url)
    page(response, 'post', { ...view, fields: Object.entries(start.fields) })
  } else if (after === 'link') seeOther(response, url)
  else {
    response.set('Refresh', `0; url=${url}`)
    page(response, 'leaving', view)
  }
}
