import { matchesWildcard, type WildPattern } from '../compile/wildcard.ts'
import type { Operator } from './operator.ts'

/** `arn:partition:service:region:account:resource`; of the resource colons are a part. */
const parts = 6

function splitPattern(pattern: WildPattern): readonly (readonly string[])[] | undefined {
  const split: string[][] = [[]]
  for (const char of Array.from(pattern)) {
    if (char === ':' && split.length < parts) split.push([])
    else split.at(-1)?.push(char)
  }
  return split.length === parts ? split : undefined
}

function splitArn(text: string): readonly string[] | undefined {
  const split = text.split(':')
  return split[0] === 'arn' && split.length >= parts
    ? [...split.slice(0, parts - 1), split.slice(parts - 1).join(':')]
    : undefined
}

/** ArnEquals and ArnLike "behave identically": each of the six parts is compared by itself, wildcards and all. */
const arn: Omit<Operator, 'negated'> = {
  compares: ['any'],
  example: 'an ARN with all its six parts, such as arn:aws:iam::*:role/Admin*',
  wildcards: true,
  variables: true,
  read({ pattern }) {
    const wanted = splitPattern(pattern)
    if (!wanted) return undefined
    return (text) => splitArn(text)?.every((part, index) => matchesWildcard(wanted[index] ?? '', part))
  },
}

export const arnOperators = {
  ArnEquals: { ...arn, negated: false },
  ArnNotEquals: { ...arn, negated: true },
  ArnLike: { ...arn, negated: false },
  ArnNotLike: { ...arn, negated: true },
} as const satisfies Record<string, Operator>
