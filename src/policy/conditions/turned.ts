import type { FailedComparison } from './failed.ts'

type Compared = Pick<FailedComparison, 'operator' | 'wanted'>

/**
 * What would have to hold instead of a comparison that denies: `Bool true` for `BoolIfExists false`. Said without set and
 * `IfExists`; whether it then denies is only ever decided by the comparison itself.
 */
export function turnRound({ operator, wanted }: Compared): Compared {
  const plain = operator.replace(/^For\w+:|IfExists$/g, '')
  if (plain === 'Bool' || plain === 'Null')
    return { operator: plain, wanted: ['true', 'false'].filter((one) => !wanted.includes(one)) }
  const [, family = '', order = ''] = /^([A-Z][a-z]+)((?:Less|Greater)\w+)$/.exec(plain) ?? []
  const opposite = opposites[order]
  if (opposite === undefined)
    return {
      operator: plain.includes('Not')
        ? plain.replace('Not', '')
        : plain.replace(/^(String|Numeric|Date|Arn|Time)?/, '$1Not'),
      wanted,
    }
  // Above any of these is above the least.
  const isLeast = family === 'Numeric' && order.startsWith('Greater')
  return { operator: family + opposite, wanted: isLeast ? [String(Math.min(...wanted.map(Number)))] : wanted }
}

const opposites: Readonly<Record<string, string>> = {
  LessThan: 'GreaterThanEquals',
  LessThanEquals: 'GreaterThan',
  GreaterThan: 'LessThanEquals',
  GreaterThanEquals: 'LessThan',
}
