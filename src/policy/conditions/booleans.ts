import type { Operator } from './operator.ts'

export const booleanOperators = {
  Bool: {
    compares: ['boolean', 'any'],
    negated: false,
    example: 'true or false',
    read({ text: wanted }) {
      if (wanted !== 'true' && wanted !== 'false') return undefined
      return (actual) => (/^(?:true|false)$/i.test(actual) ? actual.toLowerCase() === wanted : undefined)
    },
  },
} as const satisfies Record<string, Operator>
