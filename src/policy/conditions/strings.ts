import { matchesWildcard } from '../compile/wildcard.ts'
import type { Operator } from './operator.ts'

const everyKind = ['text', 'number', 'boolean', 'address', 'date', 'time', 'any'] as const

type Comparing = Omit<Operator, 'negated'>

const equals: Comparing = {
  compares: everyKind,
  example: 'text',
  variables: true,
  read: (wanted) => (actual) => actual === wanted.text,
}
const equalsIgnoreCase: Comparing = {
  compares: everyKind,
  example: 'text',
  variables: true,
  read({ text }) {
    const folded = text.toLowerCase()
    return (actual) => actual.toLowerCase() === folded
  },
}
const like: Comparing = {
  compares: everyKind,
  example: 'text with * and ?',
  wildcards: true,
  variables: true,
  read:
    ({ pattern }) =>
    (actual) =>
      matchesWildcard(pattern, actual),
}

export const stringOperators = {
  StringEquals: { ...equals, negated: false },
  StringNotEquals: { ...equals, negated: true },
  StringEqualsIgnoreCase: { ...equalsIgnoreCase, negated: false },
  StringNotEqualsIgnoreCase: { ...equalsIgnoreCase, negated: true },
  StringLike: { ...like, negated: false },
  StringNotLike: { ...like, negated: true },
} as const satisfies Record<string, Operator>
