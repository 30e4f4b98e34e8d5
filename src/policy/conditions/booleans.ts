import type { Operator } from './operator.ts'

export const booleanOperators = {
  Bool: {
    compares: ['boolean', 'any'],
    negated: false,
    example: 'true or false',
    read(wanted) {
      if (wanted !== 'true' && wanted !== 'false') return undefined
      return (actual) => actual.toLowerCase() === wanted
    },
  },
} as const satisfies Record<string, Operator>
