import type { RolePlan } from '../plan/plan.ts'

/** Letters and digits of a text, each word with a capital. */
function camel(text: string): string {
  return text
    .split(/[^A-Za-z0-9]+/)
    .map((word) => word.charAt(0).toUpperCase() + word.slice(1))
    .join('')
}

/** Gives each text a name of letters and digits; texts that would have the same one get numbers, in their order. */
export function logicalNames(texts: Iterable<string>): ReadonlyMap<string, string> {
  const taken = new Set<string>()
  const names = new Map<string, string>()
  for (const text of [...new Set(texts)].sort()) {
    const base = camel(text).slice(0, 100) || 'X'
    let name = base
    for (let count = 2; taken.has(name.toLowerCase()); count++) name = `${base}x${count}`
    taken.add(name.toLowerCase())
    names.set(text, name)
  }
  return names
}

/** Path and name: what rules call a role within an account. */
export const nameOf = ({ path, name }: Pick<RolePlan, 'path' | 'name'>) => `${path}${name}`
