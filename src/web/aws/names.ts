import type { Response } from 'express'
import { requestIdOf } from '../request.ts'

/** Gives the answer the request id where clients of AWS look for it. */
export function nameAnswer(response: Response): Response {
  return response.set('x-amzn-RequestId', requestIdOf(response))
}

/** Names an error as AWS's service models do, in the header by which clients choose the class of their exception. */
export function nameError(response: Response, status: number, name: string): Response {
  return nameAnswer(response).status(status).set('x-amzn-ErrorType', name)
}
