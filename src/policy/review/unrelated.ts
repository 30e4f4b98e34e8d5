import { readPattern } from '../compile/pattern.ts'

/**
 * Whether patterns, of which one must match, take values that have nothing in common. It is tried: a pattern that says
 * nothing but what such values look like takes most of some kind of them, however it is written.
 */
export function takesUnrelated(sources: readonly string[]): boolean {
  const patterns = sources.flatMap((source) => {
    const read = readPattern(source)
    return 'pattern' in read ? [read.pattern] : []
  })
  return unrelated().some((values) => {
    const taken = values.filter((value) => patterns.some((pattern) => pattern.capture(value) !== undefined))
    return taken.length > values.length * most
  })
}

/** `^[a-m]` takes half of all words, and is no choice of people either. */
const most = 0.4
const each = 20

let made: readonly (readonly string[])[] | undefined

/** Values of each kind that identity providers send. The same in each run: findings are compared. */
function unrelated(): readonly (readonly string[])[] {
  made ??= kinds(chance()).map((make) => Array.from({ length: each }, make))
  return made
}

type Make = () => string

function kinds(next: (below: number) => number): readonly Make[] {
  const pick = (letters: string, count: number) =>
    Array.from({ length: count }, () => letters[next(letters.length)]).join('')
  const small = 'abcdefghijklmnopqrstuvwxyz'
  const word = (least = 1, span = 12) => pick(small, least + next(span))
  const title = () => pick(small.toUpperCase(), 1) + word()
  const digits = (count: number) => pick('123456789', 1) + pick('0123456789', count - 1)
  const hex = (count: number) => pick('0123456789abcdef', count)
  const uuid = () => [8, 4, 4, 4, 12].map(hex).join('-')
  const host = () => `${word(3)}.${word(2, 4)}`
  return [
    () => word(),
    () => word(24, 20),
    () => title() + title(),
    () => `${title()} ${title()}`,
    () => `${word(2)}-${word(2)}_${next(100)}`,
    () => digits(1 + next(11)),
    uuid,
    () => `S-1-5-21-${digits(9)}-${digits(9)}-${digits(9)}-${digits(4)}`,
    () => `${word(3)}@${host()}`,
    () => `${title()}.${title()}@${word(3)}.${host()}`,
    () => `CN=${title()} ${title()},OU=${title()},DC=${word(3)},DC=${word(2)}`,
    () => `cn=${word(3)},ou=${word(3)},dc=${word(3)},dc=${word(2)}`,
    () => `${word(3).toUpperCase()}\\${word(3)}`,
    () => `https://${host()}/${word(3)}`,
    () => `urn:${word(3)}:${word(3)}:${word(3)}`,
    () => `/${word(3)}/${word(3)}`,
    // Of workloads: whoever has an account there has one of these.
    () => `repo:${word(3)}/${word(3)}:ref:refs/heads/${word(3)}`,
    () => `${word(3)}/${word(3)}`,
    () => `project_path:${word(3)}/${word(3)}:ref_type:branch:ref:${word(3)}`,
    () => `system:serviceaccount:${word(3)}:${word(3)}`,
    () => `spiffe://${host()}/${word(3)}`,
  ]
}

/** Lehmer's generator: no two runs differ. */
function chance(): (below: number) => number {
  let state = 20_261
  return (below) => {
    state = (state * 48_271) % 2_147_483_647
    return state % below
  }
}
