import { type Attributes, Refusal } from '../../core/index.ts'

/** Nested objects, names and values that become attributes; no issuer's tokens come near. */
const [deepest, mostNames, mostValues] = [5, 200, 1000]

/** They say when and which, never who. */
const ofTheTokenItself = new Set(['exp', 'iat', 'nbf', 'jti'])

type Claims = Readonly<Record<string, unknown>>

/**
 * Claims by name, with nested ones below their parent's: `kubernetes.io.namespace`. Lists keep their order, numbers and
 * booleans become text, and what is no text (null, lists of objects) is left out. Throws `Refusal` when two claims
 * would get the same name.
 */
export function attributesOf(claims: Claims): Attributes {
  const attributes: Record<string, readonly string[]> = Object.create(null)
  let values = 0
  const add = (name: string, value: unknown, depth: number): void => {
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
      if (depth >= deepest) throw tooMuch()
      for (const [key, inner] of Object.entries(value)) add(`${name}.${key}`, inner, depth + 1)
      return
    }
    const texts = [value].flat().flatMap((one) => (isScalar(one) ? [String(one)] : []))
    if (texts.length === 0) return
    if (name in attributes)
      throw new Refusal('workload_malformed', `two claims come under the name ${name.slice(0, 60)}`)
    attributes[name] = texts
    values += texts.length
    if (values > mostValues || Object.keys(attributes).length > mostNames) throw tooMuch()
  }
  for (const [name, value] of Object.entries(claims)) {
    if (!ofTheTokenItself.has(name)) add(name, value, 1)
  }
  return attributes
}

const tooMuch = () =>
  new Refusal('workload_malformed', `the token has more than ${mostNames} claims or ${mostValues} values`)

const isScalar = (value: unknown) => ['string', 'number', 'boolean'].includes(typeof value)

const places = /\$\{([^{}$]+)\}/g

/** Claims that a `user:` text names. */
export function claimsIn(text: string): readonly string[] {
  return text.includes('${') ? [...text.matchAll(places)].map(([, name = '']) => name) : [text]
}

/** The workload's name for sessions and audit: a claim, or a text with claims in it. Throws `Refusal`. */
export function userOf(text: string, attributes: Attributes): string {
  const value = (name: string): string => {
    const [only, ...others] = Object.hasOwn(attributes, name) ? (attributes[name] ?? []) : []
    if (only === undefined || only === '' || others.length > 0)
      throw new Refusal(
        'workload_claims',
        `the claim ${name}, which user needs, must have one value in the token`,
      )
    return only
  }
  const user = text.includes('${') ? text.replace(places, (_, name: string) => value(name)) : value(text)
  if (user.length <= 512) return user
  throw new Refusal('workload_claims', 'the name of the workload has more than 512 characters')
}
