import { fileURLToPath } from 'node:url'
import ejs from 'ejs'
import type { Express, Response } from 'express'
import type { Session } from '../../core/index.ts'
import type { Web } from '../deps.ts'
import { navigation } from './navigation.ts'

const views = fileURLToPath(new URL('../../../views', import.meta.url))

export const publicDirectory = fileURLToPath(new URL('../../../views/public', import.meta.url))

/** The names of the pages in `views/`. */
type View =
  | 'portal'
  | 'credentials'
  | 'explain'
  | 'chooser'
  | 'post'
  | 'leaving'
  | 'message'
  | 'error'
  | 'device'
  | 'device-code'
  | 'console'
  | 'review'
  | 'review-list'
  | 'review-subject'
  | 'sessions'
  | 'people'
  | 'person'
  | 'person-cut'
  | 'requests'
  | 'request'
  | 'ask'
  | 'step-up'
  | 'audit'
  | 'record'

/** EJS with escaping by default, compiled once; templates see one object, `page`, and no globals of ours. */
export function useViews(app: Express, web: Pick<Web, 'assets' | 'title' | 'version' | 'support'>): void {
  const options: ejs.Options = { cache: true, _with: false, localsName: 'page', rmWhitespace: true }
  app.engine('ejs', (path, model, done) => ejs.renderFile(path, model, options, done))
  app.set('view engine', 'ejs')
  app.set('views', views)
  app.set('view cache', true)
  Object.assign(app.locals, {
    site: web.title,
    version: web.version,
    support: web.support,
    asset: web.assets.url,
  })
}

/** Sends a page. The frame around it knows who is signed in from what `signedIn` found. */
export function page(
  response: Response,
  view: View,
  model: { readonly title: string; readonly [name: string]: unknown },
) {
  const person: Session | undefined = response.locals.person
  const places = person && navigation(response.locals.offices ?? [], response.req.path)
  response.render(view, { ...model, user: person?.identity.user, csrf: response.locals.csrf, places })
}

/** Sends the browser on with a GET, without a body that repeats the address. */
export function seeOther(response: Response, url: string): void {
  response.status(303).set('Location', url).end()
}
