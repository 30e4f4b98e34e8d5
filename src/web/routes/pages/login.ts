import { Router } from 'express'
import { Refusal } from '../../../core/index.ts'
import type { Route } from '../../deps.ts'
import { ensureBrowserKey } from '../../guards/browser-key.ts'
import { noHead } from '../../guards/no-head.ts'
import { rateLimit } from '../../guards/rate-limit.ts'
import { safeReturnTo } from '../../guards/return-to.ts'
import { tabOnly } from '../../guards/tab-only.ts'
import { goToProvider } from '../../pages/go-to-provider.ts'
import { page } from '../../pages/render.ts'
import { field } from '../../request.ts'

/** Starts a sign-in at the identity provider, after a choice when there are several. */
export const loginRoutes: Route = (web) =>
  Router()
    .head('/login', noHead('GET'))
    .get(
      '/login',
      tabOnly,
      rateLimit(web, 'login', web.limits?.signIns ?? 300),
      web.session,
      async (request, response) => {
        const providers = web.bridge.identityProviders()
        const returnTo = safeReturnTo(field(request.query, 'return_to'))
        response.locals.returnTo = returnTo
        const forceAuthn = field(request.query, 'force') === '1'
        const idp = field(request.query, 'idp') ?? (providers.length === 1 ? providers[0]?.name : undefined)
        if (idp === undefined) {
          const choices = providers.map(({ name, label }) => ({
            label,
            href: loginLink(name, returnTo, forceAuthn),
          }))
          return page(response, 'chooser', { title: 'Sign in', choices })
        }
        if (!providers.some(({ name }) => name === idp)) {
          throw new Refusal('not_found', 'unknown identity provider', {
            say: 'There is no such identity provider.',
          })
        }
        const browserKey = ensureBrowserKey(request, response, web.random, web.secure)
        const { sessionId: heldSession } = request.session
        const ask = {
          idp,
          returnTo,
          browserKey,
          forceAuthn,
          ...(heldSession !== undefined && { heldSession }),
        }
        const start = await web.bridge.beginSignIn(ask)
        goToProvider(response, start, 'link')
      },
    )

const loginLink = (idp: string, returnTo: string, force: boolean) =>
  `/login?${new URLSearchParams({ idp, return_to: returnTo, ...(force ? { force: '1' } : {}) })}`
