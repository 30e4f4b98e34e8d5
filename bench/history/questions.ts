import type { HistoryFilter } from '../../src/history/index.ts'
import {
  accountOf,
  dayMs,
  end,
  type Facts,
  factsOf,
  idOf,
  keyOf,
  purposeOf,
  requestOf,
  roleOf,
  type Scale,
  timeOf,
  userOf,
} from './sample.ts'

/** What somebody asks, and which events answer it. */
export interface Question {
  readonly name: string
  /** About one event, taken at random. */
  readonly about: (facts: Facts) => HistoryFilter
  readonly fits: (one: Facts, facts: Facts) => boolean
}

const same = (...names: (keyof Facts)[]): Question['fits'] => {
  return (one, facts) => names.every((name) => one[name] === facts[name])
}

export const questions: readonly Question[] = [
  { name: 'person', about: (facts) => ({ user: userOf(facts) }), fits: same('person') },
  { name: 'role', about: (facts) => ({ role: roleOf(facts) }), fits: same('role') },
  { name: 'request id', about: ({ n }) => ({ requestId: requestOf(n) }), fits: same('n') },
  { name: 'access key', about: ({ n }) => ({ accessKeyId: keyOf(n) }), fits: same('n') },
  {
    name: 'person and role',
    about: (facts) => ({ user: userOf(facts), role: roleOf(facts) }),
    fits: same('person', 'role'),
  },
  {
    name: 'person and account',
    about: (facts) => ({ user: userOf(facts), account: accountOf(facts) }),
    fits: same('person', 'account'),
  },
  {
    name: 'person, refused',
    about: (facts) => ({ user: userOf(facts), outcome: 'refused' }),
    fits: (one, facts) => one.refused && same('person')(one, facts),
  },
  {
    name: 'person and type',
    about: (facts) => ({ user: userOf(facts), type: 'credentials_refused' }),
    fits: (one, facts) => one.refused && same('person')(one, facts),
  },
  {
    name: 'role, refused',
    about: (facts) => ({ role: roleOf(facts), outcome: 'refused' }),
    fits: (one, facts) => one.refused && same('role')(one, facts),
  },
  {
    name: 'account and code',
    about: (facts) => ({ account: accountOf(facts), code: 'not_entitled' }),
    fits: (one, facts) => one.refused && same('account')(one, facts),
  },
  {
    name: 'text in one record of a person',
    about: (facts) => ({ user: userOf(facts), text: purposeOf(facts.n) }),
    fits: same('n'),
  },
  { name: 'the newest', about: () => ({}), fits: () => true },
]

/** The events that answer a question in truth, the newest first; `from`: not older than this. */
export function answerOf(
  { fits }: Question,
  facts: Facts,
  scale: Scale,
  limit: number,
  from = Number.NEGATIVE_INFINITY,
): readonly string[] {
  const found: string[] = []
  for (let n = scale.events - 1; n >= 0 && found.length < limit && timeOf(n, scale) >= from; n--)
    if (fits(factsOf(n), facts)) found.push(idOf(n))
  return found
}

/** The month before the last one. */
export const month = { since: end - 60 * dayMs, until: end - 30 * dayMs }
