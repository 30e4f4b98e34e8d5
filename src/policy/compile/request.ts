import type { RequestOptions } from '../rules/request-options.ts'
import { type Pattern, readPattern } from './pattern.ts'
import type { RequestTerms, Require } from './policy.ts'

/** Reads the patterns; throws `TypeError` for what the schema does not accept. */
export function compileRequest(options: RequestOptions, require: Require): RequestTerms {
  const { reason, approvers, breakGlass, secondFactor, ...rest } = options
  const unused = () => false
  return {
    ...rest,
    secondFactor,
    reason: reason === undefined ? undefined : patternOf(reason),
    approvers: require(approvers, unused),
    breakGlass: breakGlass && require(breakGlass, unused),
  }
}

function patternOf(source: string): Pattern {
  const read = readPattern(source)
  if ('fault' in read) throw new TypeError(`reason ${source}: ${read.fault}`)
  return read.pattern
}
