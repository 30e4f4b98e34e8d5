import { StsFault } from './fault.ts'

interface TextRule {
  readonly min: number
  readonly max: number
  /** The value is not repeated in the error. */
  readonly sensitive?: boolean
  readonly pattern?: RegExp
}

/** Reads the parameters of one call and collects what is wrong with them, as AWS does. */
export interface Parameters {
  text(name: string, rule: TextRule): string
  optionalText(name: string, rule: TextRule): string | undefined
  optionalInteger(name: string, min: number, max: number): number | undefined
  /** `Name.member.1.field`, `Name.member.2.field`, … in order; without `field` the members themselves. */
  members(name: string, field?: string): readonly string[]
  /** Throws `ValidationError` that lists every fault found so far. */
  check(): void
}

export function readParameters(values: URLSearchParams): Parameters {
  const faults: string[] = []
  const blame = (name: string, value: string | undefined, constraint: string) => {
    const where = name.charAt(0).toLowerCase() + name.slice(1)
    const what = value === undefined ? 'Value' : value === '' ? 'Value null' : `Value '${value}'`
    faults.push(`${what} at '${where}' failed to satisfy constraint: Member must ${constraint}`)
  }
  const optionalText = (name: string, { min, max, sensitive, pattern }: TextRule) => {
    const value = values.get(name) ?? undefined
    if (value === undefined) return undefined
    const shown = sensitive ? undefined : value
    if (value.length < min) blame(name, shown, `have length greater than or equal to ${min}`)
    if (value.length > max) blame(name, shown, `have length less than or equal to ${max}`)
    if (pattern?.test(value) === false)
      blame(name, shown, `satisfy regular expression pattern: ${pattern.source.replace(/[$^]/g, '')}`)
    return value
  }
  return {
    optionalText,
    text(name, rule) {
      const value = optionalText(name, rule)
      if (value === undefined) blame(name, '', 'not be null')
      return value ?? ''
    },
    optionalInteger(name, min, max) {
      const value = values.get(name)
      if (value === null) return undefined
      if (!/^-?\d{1,9}$/.test(value)) blame(name, value, 'be an integer')
      else if (Number(value) < min) blame(name, value, `have value greater than or equal to ${min}`)
      else if (Number(value) > max) blame(name, value, `have value less than or equal to ${max}`)
      return Number(value)
    },
    members(name, field) {
      const found: string[] = []
      for (let n = 1; ; n++) {
        const value = values.get(`${name}.member.${n}${field === undefined ? '' : `.${field}`}`)
        if (value === null) return found
        found.push(value)
      }
    },
    check() {
      if (faults.length === 0) return
      const count = faults.length === 1 ? '1 validation error' : `${faults.length} validation errors`
      throw new StsFault('ValidationError', `${count} detected: ${faults.join('; ')}`)
    },
  }
}
