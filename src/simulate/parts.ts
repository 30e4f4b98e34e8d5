import type { Options } from '../config.ts'
import { administratorsWithin, type Change, matchWithin } from '../policy/index.ts'

/** Keys that say how things look or where they run, never who may have what. */
const harmless = new Set<keyof Options>([
  'listen',
  'tls',
  'secret',
  'store',
  'support',
  'outgoing',
  'accountsFile',
  'include',
  'watch',
  'people',
])

const sameText = (one: unknown, other: unknown) => JSON.stringify(one) === JSON.stringify(other)

/** What changed beside the rules. As with rules: what is not surely the same or narrower counts as wider. */
export function compareParts(old: Options, next: Options): readonly Change[] {
  return [
    ...providerChanges(old, next),
    ...sessionChanges(old, next),
    ...auditorChanges(old, next),
    ...administratorChanges(old, next),
    ...awsChanges(old, next),
    ...otherChanges(old, next),
  ]
}

function providerChanges(old: Options, next: Options): readonly Change[] {
  const [before, after] = [old.identityProviders, next.identityProviders]
  return [...new Set([...Object.keys(before), ...Object.keys(after)])].flatMap((name): readonly Change[] => {
    const where = `identityProviders.${name}`
    const [was, is] = [before[name], after[name]]
    if (was === undefined)
      return [{ where, widens: true, say: 'is new: people or programs come from there too' }]
    if (is === undefined) return [{ where, widens: false, say: 'is gone' }]
    const keys = keysThatDiffer(was, is).filter((key) => key !== 'label')
    return keys.length > 0 ? [{ where, widens: true, say: `has other ${keys.join(', ')}` }] : []
  })
}

function keysThatDiffer(one: object, other: object): readonly string[] {
  const [a, b] = [one as Record<string, unknown>, other as Record<string, unknown>]
  return [...new Set([...Object.keys(a), ...Object.keys(b)])].filter((key) => !sameText(a[key], b[key]))
}

function sessionChanges({ session: old }: Options, { session: next }: Options): readonly Change[] {
  return (['maxAge', 'idle'] as const).flatMap((key) =>
    old[key] === next[key]
      ? []
      : [
          {
            where: `session.${key}`,
            widens: next[key] > old[key],
            say: `was ${old[key]} s and is ${next[key]} s`,
          },
        ],
  )
}

function auditorChanges({ auditors: old }: Options, { auditors: next }: Options): readonly Change[] {
  if (sameText(old, next)) return []
  const narrower = next === undefined || (old !== undefined && matchWithin(next, old))
  const say = sayOffice(old !== undefined, next !== undefined, narrower)
  return [{ where: 'auditors', widens: !narrower, say }]
}

/** Who has an office now; there may have been nobody before, or be nobody any more. */
function sayOffice(before: boolean, now: boolean, narrower: boolean): string {
  if (!before) return 'are new: there were none'
  if (!now) return 'are gone: there are none now'
  return narrower ? 'are fewer' : 'are others'
}

function administratorChanges({ administrators: old = [] }: Options, next: Options): readonly Change[] {
  const { administrators: now = [] } = next
  if (sameText(old, now)) return []
  const narrower = administratorsWithin(now, old)
  return [
    { where: 'administrators', widens: !narrower, say: sayOffice(old.length > 0, now.length > 0, narrower) },
  ]
}

/** Where AWS is asked decides nothing; whom it trusts and which keys there are does. */
const places = new Set(['region', 'fallbackRegion', 'useFips'])

function awsChanges({ aws: old }: Options, { aws: next }: Options): readonly Change[] {
  return keysThatDiffer(old, next).map((key) => ({
    where: `aws.${key}`,
    // With dual-stack endpoints those with IPv6 get roles that are pinned to where they are.
    widens: key === 'useDualstack' ? next.useDualstack : !places.has(key),
    say: 'is another',
  }))
}

const judged = new Set<keyof Options>([
  'identityProviders',
  'session',
  'auditors',
  'administrators',
  'aws',
  'accounts',
  'rules',
])

function otherChanges(old: Options, next: Options): readonly Change[] {
  return (Object.keys({ ...old, ...next }) as (keyof Options)[])
    .filter((key) => !judged.has(key) && key !== ('written' as keyof Options))
    .filter((key) => !sameText(old[key], next[key]))
    .map((key) => ({ where: key, widens: !harmless.has(key), say: 'is another' }))
}
