/** A small generator of reproducible numbers (mulberry32); the same seed gives the same sequence everywhere. */
export interface Dice {
  /** A whole number from 0 up to, not including, `sides`. */
  below(sides: number): number
  pick<T>(items: readonly T[]): T
  /** True once in `times`. */
  once(times: number): boolean
}

export function dice(seed: number, index = 0): Dice {
  let state = (Math.imul(seed, 0x9e3779b1) ^ Math.imul(index + 1, 0x85ebca6b)) >>> 0
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return (mixed ^ (mixed >>> 14)) >>> 0
  }
  const below = (sides: number): number => next() % sides
  return {
    below,
    once: (times) => below(times) === 0,
    pick: (items) => {
      if (items.length === 0) throw new TypeError('nothing to pick from')
      return items[below(items.length)] as (typeof items)[number]
    },
  }
}
