import { type ConditionBlock, type Facts, readComparison } from '../conditions/index.ts'
import { channels } from '../conditions/keys.ts'
import { alwaysHolds, askedTogether } from '../rules/look-at-condition.ts'

/**
 * Whether a condition keeps somebody out: at another time, from another address, without a second factor, or for what they
 * are. It is tried, for `0.0.0.0/0` and a week of whole days are conditions that ask for nothing.
 */
export function bounds(condition: ConditionBlock, now: number): boolean {
  if (askedTogether.some((keys) => alwaysHolds(condition, keys, now) === false)) return true
  return Object.entries(condition).some(([operator, asked]) =>
    Object.entries(asked).some(
      ([key, wanted]) => !askedTogether.some((keys) => keys.includes(key)) && fails(operator, key, wanted),
    ),
  )
}

/** Whether a comparison of texts fails for some that have nothing to do with it. What cannot be read opens nothing. */
function fails(operator: string, key: string, wanted: readonly string[]): boolean {
  const read = readComparison(operator, key, wanted)
  if ('fault' in read) return true
  return tried(key).some((facts) => read.comparison.judge(facts).verdict !== true)
}

const words = ['qv', 'jwzk', 'bfhdgx']

/** Somebody of whom each text is such a word; no agent asks. */
function tried(key: string): readonly Facts[] {
  const tag = key.replace(/^[^/]*\//, '')
  return words.flatMap((word) => {
    const attribute = key.replace(/^saml:/, '')
    const identity: Facts['identity'] = {
      ...{ protocol: 'saml', provider: word, issuer: word, user: word, nameId: word, authnContext: word },
      ...{ attributes: { [attribute]: [word] }, authnInstant: 0, mfa: false },
    }
    const account = { id: word, name: word, region: word, tags: { [tag]: word } }
    const local = () => ({ weekday: 'Mon', time: '00:00' })
    return channels.map((channel): Facts => {
      const circumstances = { now: 0, sourceIp: '198.51.100.1', userAgent: word, channel, reason: word }
      return { identity, circumstances, local, account }
    })
  })
}
