import type { RequestHandler } from 'express'

/**
 * For addresses whose GET acts: Express would run it for HEAD too (RFC 9110 §9.3.2), and link checkers and previews ask
 * by HEAD because it should do nothing. Stands before the GET.
 */
export const noHead =
  (allow: string): RequestHandler =>
  (_request, response) => {
    response.status(405).set('Allow', allow).end()
  }
