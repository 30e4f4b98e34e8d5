import { Refusal } from '../core/index.ts'
import { advice } from './advice/advice.ts'
import { readAnswer } from './aws-error.ts'
import type { GrantAsk, Step } from './grant.ts'
import { unreachable } from './unreachable.ts'

/**
 * What a failed call of STS means: for the person, what they can do; for the administrator, what to change.
 * The detail ends with the code, message and request id of AWS and holds neither assertion nor token.
 */
export function decodeStsError(error: unknown, ask: GrantAsk, step: Step, host: string): Refusal {
  const answer = readAnswer(error)
  if (answer === undefined) return unreachable(host, error)
  const { code, status, requestId } = answer
  const message = redact(answer.message, step.secret)
  const said = `${host} said ${status} ${answer.name}: ${message} (AWS request id ${requestId ?? 'not given'})`

  const row = advice.find(
    (row) => row.code.test(code) && (row.message?.test(message) ?? true) && (row.when?.(ask, step) ?? true),
  )
  if (row !== undefined) {
    const say = row.say?.(ask, step)
    return new Refusal(
      row.refusal,
      `${row.fix(ask, step, message)} ${said}`,
      say === undefined ? {} : { say },
    )
  }
  if (status >= 500 || status === 429) return new Refusal('aws_unreachable', said)
  return new Refusal('aws_refused', said)
}

/** AWS quotes what it could not validate; nothing that long is worth reading. */
function redact(message: string, secret: string): string {
  const line = (secret === '' ? message : message.replaceAll(secret, '…')).replace(/\s+/g, ' ')
  return line.replace(/[A-Za-z0-9+/=_%-]{48,}/g, '…').slice(0, 500)
}
