/** Part of a template: CloudFormation's own shapes are not ours to type. */
export type Block = Record<string, unknown>

/** Something that accounts hold, each in one of its variants. */
export interface Part {
  readonly id: string
  /** By account: the number of its variant, from 1. */
  readonly variants: ReadonlyMap<string, number>
  /** The part's own condition beside that of its accounts. */
  readonly asks?: string
}

/** Attributes of one mapping; CloudFormation takes 200. */
const mappingSize = 190
const mappingOf = (index: number) => `Holds${index < mappingSize ? '' : Math.floor(index / mappingSize) + 1}`

/** What differs between the accounts of one template, in CloudFormation's words. */
export interface PerAccount {
  readonly mappings: Block
  readonly conditions: Block
  /** The condition of a part; undefined where every account has it. */
  readonly conditionOf: (part: Part) => string | undefined
  /** One of several values, by the account's variant of the part. */
  readonly choose: (part: Part, values: readonly unknown[]) => unknown
}

/** Says by a mapping which account holds what; parts that are the same in all accounts need none. */
export function perAccount(parts: readonly Part[], accounts: readonly string[]): PerAccount {
  const countOf = ({ variants }: Part) => new Set(variants.values()).size
  const isEverywhere = ({ variants }: Part) => variants.size === accounts.length
  const differing = parts.filter((part) => !isEverywhere(part) || countOf(part) > 1)
  const maps: Record<string, Record<string, Record<string, string>>> = {}
  const conditions: Block = {}
  for (const [index, part] of differing.entries()) {
    const map = mappingOf(index)
    maps[map] ??= Object.fromEntries(accounts.map((account) => [account, {}]))
    for (const account of accounts) {
      const row = maps[map]?.[account]
      if (row) row[part.id] = String(part.variants.get(account) ?? 0)
    }
    const held = { 'Fn::FindInMap': [map, { Ref: 'AWS::AccountId' }, part.id] }
    const is = (variant: number) => ({ 'Fn::Equals': [held, String(variant)] })
    if (!isEverywhere(part)) {
      const here = { 'Fn::Not': [is(0)] }
      conditions[`Here${part.id}`] =
        part.asks === undefined ? here : { 'Fn::And': [here, { Condition: part.asks }] }
    }
    for (const variant of new Set(part.variants.values()))
      if (variant > 1) conditions[`${part.id}Is${variant}`] = is(variant)
  }
  return {
    mappings: maps,
    conditions,
    conditionOf: (part) => (isEverywhere(part) ? part.asks : `Here${part.id}`),
    choose: ({ id }, [first, ...others]) =>
      others.reduce(
        (otherwise: unknown, value, index) =>
          JSON.stringify(value) === JSON.stringify(first)
            ? otherwise
            : { 'Fn::If': [`${id}Is${index + 2}`, value, otherwise] },
        first,
      ),
  }
}
