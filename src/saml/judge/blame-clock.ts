import { Refusal } from '../../core/index.ts'
import type { Memory } from './acceptance.ts'
import { seconds } from './clocks.ts'
import type { Judgement } from './response.ts'

/**
 * An expired answer that was issued before its request was made did not take too long: a clock is wrong, and whoever
 * waits should not be told to hurry. Returns the refusal to give; the answer stays refused.
 * @param judgeAtAnyTime judges the answer once more, without regard to time
 */
export async function blameClock(
  refused: unknown,
  judgeAtAnyTime: () => Judgement,
  { pending, now, skew }: Memory,
): Promise<unknown> {
  if (!(refused instanceof Refusal) || refused.code !== 'expired') return refused
  const { inResponseTo, issuedAt } = attempt(judgeAtAnyTime) ?? {}
  const request = inResponseTo === undefined ? undefined : await pending.get(inResponseTo)
  if (request === undefined || issuedAt === undefined || issuedAt + skew >= request.createdAt) return refused
  const asked = `the request was made ${seconds(now - request.createdAt)} s ago, the answer issued ${seconds(request.createdAt - issuedAt)} s before it`
  return new Refusal(
    'expired',
    `${refused.detail}; ${asked}: a clock is wrong, here or at the identity provider; set both by NTP`,
    {
      say: 'The clocks of Rolebridge and of your identity provider differ too much. Please tell your administrator.',
    },
  )
}

function attempt(judge: () => Judgement): Judgement | undefined {
  try {
    return judge()
  } catch (error) {
    if (error instanceof Refusal) return undefined
    throw error
  }
}
