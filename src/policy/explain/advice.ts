import { suggestion } from '../../core/index.ts'
import { isMet } from '../compile/match.ts'
import type { AllowRule, IndexedPattern, Requirement } from '../compile/policy.ts'
import type { Trace } from '../evaluate/trace.ts'
import { type Nearby, type NearMiss, nearby, nearMiss, worthLooking } from './near-miss.ts'

/** Values looked at beside patterns, for one answer: people have hundreds of groups, and policies thousands of rules. */
const mostLooks = 5000
/** Nobody reads more. */
const fewLines = 3

/**
 * What would have made a rule apply: names that came under another spelling, values that fall just short. Says the
 * person's own values and what to change about them, never the rule's pattern, its id or its role.
 */
export function nearMisses(trace: Trace, rules: readonly AllowRule[]): readonly string[] {
  const lines = new Set<string>()
  const look = looker(trace)
  const names = nameFinder(trace)
  for (const rule of rules) {
    if (lines.size >= fewLines) break
    const unmet = rule.match.filter((requirement) => !isMet([requirement], trace.hits))
    const said = unmet.map((requirement) => names(requirement.attribute) ?? sayValue(requirement, look))
    // Mended in one respect and not in another the rule would still not apply.
    if (said.some((line) => line === undefined)) continue
    for (const line of said) if (line !== undefined && lines.size < fewLines) lines.add(line)
  }
  return [...lines]
}

/** An attribute that did not come, while one with nearly its name did. */
function nameFinder({ person, identity }: Trace): (attribute: string) => string | undefined {
  const sent = Object.keys(identity.attributes).filter((name) => person.values(name).length > 0)
  const known = new Map<string, string | undefined>()
  return (attribute) => {
    if (attribute === 'user' || person.values(attribute).length > 0) return undefined
    if (!known.has(attribute)) {
      const meant = sent.find((name) => bareName(name) === bareName(attribute)) ?? suggestion(attribute, sent)
      known.set(attribute, meant && sayName(attribute, shorten(meant)))
    }
    return known.get(attribute)
  }
}

const sayName = (attribute: string, meant: string) =>
  `A rule looks at ${attribute}, and your identity provider sent none, but it sent ${meant}. The configuration can give that the short name: attributes: { ${attribute}: '${meant}' }.`

/** `http://schemas.xmlsoap.org/claims/Groups` and `group` are one name. */
function bareName(name: string): string {
  const last = name.slice(Math.max(...['/', ':', '#'].map((mark) => name.lastIndexOf(mark))) + 1)
  return last
    .toLowerCase()
    .replace(/[-_. ]/g, '')
    .replace(/s$/, '')
}

type Look = (attribute: string, pattern: IndexedPattern) => readonly [value: string, NearMiss] | undefined

/** Looks at each pattern once, and at no more of them than an answer may cost. */
function looker({ person }: Trace): Look {
  const known = new Map<IndexedPattern, ReturnType<Look>>()
  const read = new Map<string, Nearby>()
  let left = mostLooks
  return (attribute, pattern) => {
    if (known.has(pattern)) return known.get(pattern)
    const values = read.get(attribute) ?? nearby(person.values(attribute))
    read.set(attribute, values)
    let found: ReturnType<Look>
    for (const value of worthLooking(pattern.pattern, values)) {
      if (left-- <= 0) break
      const miss = nearMiss(pattern.pattern, value)
      if (miss === undefined) continue
      found = [value, miss]
      break
    }
    known.set(pattern, found)
    return found
  }
}

function sayValue({ attribute, patterns }: Requirement, look: Look): string | undefined {
  const found = patterns.map((pattern) => look(attribute, pattern)).find((one) => one !== undefined)
  if (found === undefined) return undefined
  const [value, miss] = found
  return misses[miss](attribute, shorten(value))
}

const misses: Readonly<Record<NearMiss, (attribute: string, value: string) => string>> = {
  case: (attribute, value) =>
    `Almost: your identity provider sent ${value} as ${attribute}, and a rule spells it with other capital and small letters.`,
  blank: (attribute, value) =>
    `Almost: your identity provider sent “${value}” as ${attribute}, with a blank at its beginning or end. Without it a rule would match.`,
  domain: (attribute, value) =>
    `Almost: your identity provider sent ${value} as ${attribute}, with the name of a domain in front. A rule looks for the plain name; your identity provider can send that.`,
  'distinguished-name': (attribute, value) =>
    `Almost: your identity provider sent ${value} as ${attribute}, the whole path in the directory. A rule looks for the plain name; your identity provider can send that.`,
  path: (attribute, value) =>
    `Almost: your identity provider sent ${value} as ${attribute}, a path. A rule looks for the plain name; in Keycloak turn “Full group path” off.`,
  several: (attribute, value) =>
    `Almost: your identity provider sent ${attribute} as one value, ${value}. A rule would match one of the names in it; your identity provider has to send each as a value of its own.`,
  separator: (attribute, value) =>
    `Almost: your identity provider sent ${value} as ${attribute}, and a rule has other characters between the words: a dash, an underscore, a dot or a blank.`,
  'object-id': (attribute, value) =>
    `Your identity provider sent object ids such as ${value} as ${attribute}, and rules look for names. Microsoft Entra ID sends ids unless its group claim is set to names.`,
}

function shorten(text: string): string {
  return text.length > 120 ? `${text.slice(0, 120)}…` : text
}
