import { orderedOperators } from './ordered.ts'

function readNumber(text: string): number | undefined {
  return /^[+-]?\d{1,15}(?:\.\d{1,15})?$/.test(text) ? Number(text) : undefined
}

export const numericOperators = orderedOperators('Numeric', ['number', 'any'], readNumber, 'a number')
