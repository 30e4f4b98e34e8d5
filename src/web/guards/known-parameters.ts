import type { Request } from 'express'
import { Refusal, suggestion } from '../../core/index.ts'
import { queryParametersOf } from '../api/openapi.ts'

/**
 * Refuses a query parameter that the API's own document does not name for this route. Ignored, a slip of the pen in
 * a filter would answer everything.
 */
export function refuseUnknownParameters(request: Request): void {
  const known = queryParametersOf(request.method, String(request.route?.path ?? ''))
  const unknown = Object.keys(request.query).find((name) => !known.includes(name))
  if (unknown === undefined) return
  const shown = JSON.stringify(unknown.slice(0, 60))
  const meant = suggestion(unknown, known)
  const hint = known.length === 0 ? 'This takes none.' : `Known here: ${known.join(', ')}.`
  throw new Refusal('invalid_request', `unknown query parameter ${shown}`, {
    say: `Unknown query parameter ${shown}${meant ? `; did you mean "${meant}"?` : '.'} ${hint}`,
  })
}
