import { unreachable } from './unreachable.ts'

/** True for what another region may do better: no usable answer, or one that says that STS itself is broken. */
export function isNoAnswer(error: unknown): boolean {
  const answer = readAnswer(error)
  return answer === undefined || answer.status >= 500
}

/** What kept a place from answering, for administrators. */
export function sayNoAnswer(host: string, error: unknown): string {
  const answer = readAnswer(error)
  return answer === undefined
    ? unreachable(host, error).detail
    : `${host} said ${answer.status} ${answer.name}`
}

interface Answer {
  /** The code of the query protocol as AWS wrote it. */
  readonly name: string
  /** Without the `Exception` that some codes end with. */
  readonly code: string
  readonly message: string
  readonly status: number
  readonly requestId?: string | undefined
}

/** An error document of AWS; undefined for whatever else went wrong. */
export function readAnswer(error: unknown): Answer | undefined {
  if (!(error instanceof Error) || !('$fault' in error) || !('$metadata' in error)) return undefined
  const { httpStatusCode, requestId } = error.$metadata as { httpStatusCode?: number; requestId?: string }
  const name = 'Code' in error && typeof error.Code === 'string' ? error.Code : ''
  if (httpStatusCode === undefined || !/^[\w.]{1,100}$/.test(name)) return undefined
  return {
    name,
    code: name.replace(/Exception$/, ''),
    message: error.message,
    status: httpStatusCode,
    requestId,
  }
}
