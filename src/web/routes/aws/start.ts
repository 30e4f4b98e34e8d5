import { Router } from 'express'
import type { Route } from '../../deps.ts'
import { seeOther } from '../../pages/render.ts'

/**
 * The start URL of AWS configurations. People get to the portal. Newer AWS CLIs ask by HEAD whether a start URL
 * that is not AWS's own leads to AWS, and refuse it otherwise; they never follow the redirect. Without this answer
 * they could not be pointed at a bridge, although everything they exchange with it is the same.
 */
export const awsStartRoutes: Route = () =>
  Router()
    .head('/start', (_request, response) => {
      response.status(302).set('Location', 'https://identitycenter.amazonaws.com/ssoins-rolebridge').end()
    })
    .get('/start', (_request, response) => seeOther(response, '/'))
