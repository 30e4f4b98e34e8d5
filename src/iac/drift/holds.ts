import { isLike } from './like.ts'

/** Text that is there, and nobody knows which: a person's name. */
export const someText = Symbol('some text')

/** Values by condition key in small letters; a key that is not here is not known, one without values is absent. */
export type Facts = ReadonlyMap<string, readonly FactValue[]>
export type FactValue = string | typeof someText

/** What came of a condition; undefined: that cannot be told without asking AWS. */
export interface Verdict {
  readonly holds: boolean | undefined
  /** The first comparison that does not hold, or cannot be told. */
  readonly because?: string
}

/** Judges a condition of a trust policy for one request (IAM User Guide, "Condition operators"). */
export function judgeCondition(condition: unknown, facts: Facts): Verdict {
  if (condition === undefined) return { holds: true }
  if (typeof condition !== 'object' || condition === null) return { holds: undefined, because: 'Condition' }
  const verdicts = Object.entries(condition).flatMap(([operator, keys]) =>
    Object.entries((keys ?? {}) as Record<string, unknown>).map(
      ([key, wanted]): Verdict => ({
        holds: holdsOne(operator, valuesOf(facts, key.toLowerCase()), [wanted].flat().map(String)),
        because: `${operator} ${key}`,
      }),
    ),
  )
  return (
    verdicts.find(({ holds }) => holds === false) ??
    verdicts.find(({ holds }) => holds === undefined) ?? { holds: true }
  )
}

/** All tags that are sent are known. */
const valuesOf = (facts: Facts, key: string) =>
  facts.get(key) ?? (key.startsWith('aws:requesttag/') ? [] : undefined)

type Test = (value: string, wanted: string) => boolean

/** By operator in small letters: IAM takes operators however they are written. */
const tests: Readonly<Record<string, Test>> = {
  stringequals: (value, wanted) => value === wanted,
  stringequalsignorecase: (value, wanted) => value.toLowerCase() === wanted.toLowerCase(),
  stringlike: isLike,
}

/** The parts of an operator: over sets or not, its name in small letters, and whether the key may be missing. */
export function operatorParts(written: string) {
  const [, set, name = '', ifExists] =
    /^(?:(foranyvalue|forallvalues):)?(\w+?)(ifexists)?$/.exec(written.toLowerCase()) ?? []
  return {
    set,
    name,
    test: Object.hasOwn(tests, name) ? tests[name] : undefined,
    mayMiss: ifExists !== undefined,
  }
}

function holdsOne(
  written: string,
  values: readonly FactValue[] | undefined,
  wanted: readonly string[],
): boolean | undefined {
  if (values === undefined) return undefined
  const { set, name, test, mayMiss } = operatorParts(written)
  if (name === 'null') return wanted.includes(String(values.length === 0))
  // Variables of IAM are not looked into.
  if (test === undefined || wanted.some((one) => one.includes('${'))) return undefined
  if (values.length === 0) return set === 'forallvalues' || (set === undefined && mayMiss)
  const met = values.map((value) => {
    if (value === someText)
      return name === 'stringlike' && wanted.some((one) => /^\*+$/.test(one)) ? true : undefined
    return wanted.some((one) => test(value, one))
  })
  if (set === 'forallvalues') return met.includes(false) ? false : met.includes(undefined) ? undefined : true
  return met.includes(true) ? true : met.includes(undefined) ? undefined : false
}
