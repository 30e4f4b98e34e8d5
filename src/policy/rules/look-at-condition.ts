import type { Identity, Warning } from '../../core/index.ts'
import {
  type Circumstances,
  type ConditionBlock,
  compileCondition,
  edgesOfRange,
  type Facts,
  readComparison,
} from '../conditions/index.ts'
import { edgesInWeek } from '../conditions/window-end.ts'
import { clockAt } from '../conditions/windows.ts'
import type { RuleOptions } from './options.ts'

/** Keys that say the same thing in different words are judged together; `moments` are all that could matter. */
interface Group {
  readonly keys: readonly string[]
  readonly say: string
  readonly moments: (block: ConditionBlock, now: number) => readonly Facts[]
}

const day = 86_400_000

const groups: readonly Group[] = [
  {
    keys: ['bridge:Weekday', 'bridge:TimeOfDay', 'bridge:LocalTime'],
    say: 'whatever the day of the week and its time',
    moments: (block, now) => edgesInWeek(block).map((minute) => facts({ now, minute })),
  },
  {
    keys: ['bridge:CurrentTime'],
    say: 'from now on',
    moments: (block, now) =>
      [
        now,
        ...wantedOf(block).flatMap((text) => [-1000, 0, 1000].map((off) => Date.parse(text) + off)),
        now + 36_500 * day,
      ]
        .filter((at) => at >= now)
        .map((at) => facts({ now: at })),
  },
  {
    keys: ['bridge:SourceIp'],
    say: 'whatever the address',
    moments: (block, now) =>
      ['198.51.100.1', '2001:db8::1', ...wantedOf(block).flatMap(edgesOfRange)].map((sourceIp) =>
        facts({ now, sourceIp }),
      ),
  },
  {
    keys: ['bridge:MultiFactorAuthPresent'],
    say: 'with a second factor and without',
    moments: (_, now) => [facts({ now, mfa: true }), facts({ now, mfa: false })],
  },
  ...['bridge:AuthnAge', 'bridge:MultiFactorAuthAge'].map(
    (key): Group => ({
      keys: [key],
      say: 'however long ago the sign-in was, in whole seconds',
      moments: (block, now) => [
        facts({ now, authnInstantUnsaid: true }),
        ...[
          0,
          1e9,
          ...wantedOf(block).flatMap((text) => [-1, 0, 1].map((off) => Math.floor(Number(text)) + off)),
        ]
          .filter((age) => age >= 0)
          .map((age) => facts({ now, authnInstant: now - age * 1000 })),
      ],
    }),
  ),
]

/** Warns of comparisons that can never hold, and in a rule that allows of those that always do. */
export function lookAtCondition(
  { effect, condition }: RuleOptions,
  base: Warning['path'],
  now: number,
): readonly Warning[] {
  return groups.flatMap(({ keys, say, moments }): readonly Warning[] => {
    const block = only(condition, keys)
    const [operator] = Object.keys(block)
    // A variable may be anything; a text that is compared letter by letter has no edges.
    if (operator === undefined || isOpen(block)) return []
    const holds = compileCondition(block, 'allow')
    const verdicts = new Set(moments(block, now).map((one) => holds(one).length === 0))
    const path = [...base, 'condition', operator, ...Object.keys(block[operator] ?? {}).slice(0, 1)]
    if (!verdicts.has(true)) {
      const then = effect === 'allow' ? 'this rule opens nothing' : 'this rule never denies'
      return [{ code: 'never-holds', path, message: `never holds, ${say}: ${then}` }]
    }
    if (effect === 'deny' || verdicts.has(false)) return []
    return [{ code: 'always-holds', path, message: `always holds, ${say}: it asks for nothing` }]
  })
}

/** Keys that are looked at together. */
export const askedTogether: readonly (readonly string[])[] = groups.map(({ keys }) => keys)

/**
 * Whether what a condition asks by these keys holds throughout the next year, and for all addresses of a kind that it
 * names: whoever has one of that kind comes from anywhere. Undefined: it asks nothing by them.
 */
export function alwaysHolds(
  condition: ConditionBlock,
  keys: readonly string[],
  now: number,
): boolean | undefined {
  const block = only(condition, keys)
  const group = groups.find((one) => one.keys === keys)
  if (group === undefined || Object.keys(block).length === 0) return undefined
  if (isOpen(block)) return false
  const holds = compileCondition(block, 'allow')
  const moments = group
    .moments(block, now)
    .filter(({ circumstances }) => circumstances.now <= now + 366 * day)
  const kinds = [moments.filter(isByIPv6), moments.filter((one) => !isByIPv6(one))]
  // One address is ours alone: the condition names none of its kind.
  const least = keys.includes('bridge:SourceIp') ? 2 : 1
  return kinds.some((some) => some.length >= least && some.every((one) => holds(one).length === 0))
}

const isByIPv6 = ({ circumstances }: Facts) => circumstances.sourceIp.includes(':')

/** Keys that some people or requests lack; that no agent asks is what people are. */
const mayLack = /^(?:saml:|bridge:(?:AccountTag\/|AuthnContext$|Reason$|AuthnAge$|MultiFactorAuthAge$))/

/** Warns of comparisons by which a rule lets in whoever lacks what they look at. `IfExists` says so itself. */
export function lookAtAbsence(
  { effect, match, condition }: RuleOptions,
  base: Warning['path'],
): readonly Warning[] {
  if (effect === 'deny') return []
  return Object.entries(condition).flatMap(([operator, keys]) =>
    Object.entries(keys).flatMap(([key, wanted]): readonly Warning[] => {
      const read = readComparison(operator, key, wanted)
      if ('fault' in read || !read.comparison.holdsWhenAbsent || !mayLack.test(key)) return []
      if (
        operator === 'Null' ||
        operator.endsWith('IfExists') ||
        Object.hasOwn(match, key.replace(/^saml:/, ''))
      )
        return []
      if (condition.Null?.[key]?.every((one) => one === 'false')) return []
      const message = `also holds where there is no ${key}; to ask for one, write Null: { '${key}': false } beside it`
      return [{ code: 'holds-when-absent', path: [...base, 'condition', operator, key], message }]
    }),
  )
}

function only(condition: ConditionBlock, keys: readonly string[]): ConditionBlock {
  return Object.fromEntries(
    Object.entries(condition).flatMap(([operator, asked]) => {
      const kept = Object.entries(asked).filter(([key]) => keys.includes(key))
      return kept.length === 0 ? [] : [[operator, Object.fromEntries(kept)]]
    }),
  )
}

function isOpen(block: ConditionBlock): boolean {
  return Object.entries(block).some(([operator, keys]) =>
    Object.entries(keys).some(
      ([key, wanted]) =>
        wanted.some((text) => text.includes('${')) ||
        (operator.includes('String') && key !== 'bridge:Weekday'),
    ),
  )
}

const wantedOf = (block: ConditionBlock) => Object.values(block).flatMap((keys) => Object.values(keys).flat())

/** Somebody of whom nothing is known but when they come and how they signed in. */
function facts({
  now,
  minute = 0,
  sourceIp = '',
  ...of
}: { now: number; minute?: number; sourceIp?: string } & Partial<Identity>): Facts {
  const circumstances: Circumstances = { now, sourceIp, userAgent: '', channel: [] }
  const identity: Identity = {
    ...{ protocol: 'saml', provider: '', issuer: '', user: '', nameId: '', attributes: {} },
    ...{ authnInstant: now, mfa: true, ...of },
  }
  return { identity, circumstances, local: () => clockAt(minute) }
}
