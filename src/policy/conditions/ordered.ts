import type { Operator, ValueKind } from './operator.ts'

type Order = (actual: number, wanted: number) => boolean

const orders = {
  Equals: (actual, wanted) => actual === wanted,
  LessThan: (actual, wanted) => actual < wanted,
  LessThanEquals: (actual, wanted) => actual <= wanted,
  GreaterThan: (actual, wanted) => actual > wanted,
  GreaterThanEquals: (actual, wanted) => actual >= wanted,
} as const satisfies Record<string, Order>

type Ordered<Family extends string> = Record<`${Family}${keyof typeof orders | 'NotEquals'}`, Operator>

/** The operators of a family whose values are compared as numbers. */
export function orderedOperators<Family extends string>(
  family: Family,
  compares: readonly ValueKind[],
  number: (text: string, like?: string) => number | undefined,
  example: string,
): Ordered<Family> {
  const operator = (order: Order, negated: boolean): Operator => ({
    compares,
    negated,
    example,
    read({ text: wantedText }) {
      const wanted = number(wantedText)
      if (wanted === undefined) return undefined
      return (text) => {
        const actual = number(text, wantedText)
        return actual === undefined ? undefined : order(actual, wanted)
      }
    },
  })
  const operators: Record<string, Operator> = { [`${family}NotEquals`]: operator(orders.Equals, true) }
  for (const [name, order] of Object.entries(orders)) operators[family + name] = operator(order, false)
  return operators as Ordered<Family>
}
