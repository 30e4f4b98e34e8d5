import { type Response, Router } from 'express'
import { Refusal } from '../../../core/index.ts'
import type { Route } from '../../deps.ts'

/** Styles, scripts and the icon. */
export const publicRoutes: Route = ({ assets }) => {
  const send = (response: Response, name: string, cache: string) => {
    const asset = assets.get(name)
    if (asset === undefined) throw new Refusal('not_found', 'no such public file')
    response.set({ 'Content-Type': asset.type, 'Cache-Control': cache }).send(asset.body)
  }
  return (
    Router()
      // During a rolling update a page may ask a node of another version: it gets a file, but not for keeps.
      .get('/public/:version/:name', (request, response) => {
        const keep = request.params.version === assets.version
        send(response, request.params.name, keep ? 'public, max-age=31536000, immutable' : 'no-store')
      })
      .get(['/favicon.ico', '/favicon.svg'], (_request, response) => {
        send(response, 'logo.svg', 'public, max-age=86400')
      })
  )
}
