import { attributeValues, type Identity, suggestion } from '../../core/index.ts'
import { asItself, type WildPattern } from '../compile/wildcard.ts'

/** A value of the configuration, as the operators take it. */
export interface Wanted {
  readonly text: string
  /** The same for operators with wildcards: those that the configuration wrote, never those of a person's value. */
  readonly pattern: WildPattern
}

/** A value of the configuration, read: what it is for this person, or the variable that has no value for them. */
export interface WantedValue {
  readonly hasVariables: boolean
  readonly of: (identity: Identity) => Wanted | { readonly missing: string }
}

type Part = { readonly text: string; readonly isItself: boolean } | { readonly variable: string }

const attributePrefix = 'attribute.'
const known = ['user', 'idp', 'attribute.NAME']

/**
 * Reads a value with IAM's escapes `${*}` `${?}` `${$}` and the variables `${user}`, `${idp}`, `${attribute.NAME}`,
 * or says what is wrong with it (IAM User Guide, "IAM policy elements: Variables and tags").
 */
export function readWanted(source: string, takesVariables: boolean): WantedValue | { fault: string } {
  const parts: Part[] = []
  for (const [index, piece] of source.split('${').entries()) {
    if (index === 0) {
      parts.push({ text: piece, isItself: false })
      continue
    }
    if (!takesVariables)
      return { fault: `holds "${source}"; as in IAM only String… and Arn… operators take variables` }
    const close = piece.indexOf('}')
    if (close < 0) return { fault: 'has a "${" without its "}"; for the text itself write ${$}{' }
    const name = piece.slice(0, close)
    const fault = variableFault(name)
    if (fault !== undefined) return { fault }
    parts.push(isEscape(name) ? { text: name, isItself: true } : { variable: name })
    parts.push({ text: piece.slice(close + 1), isItself: false })
  }
  const hasVariables = parts.some((part) => 'variable' in part)
  return { hasVariables, of: (identity) => fill(parts, identity) }
}

function fill(parts: readonly Part[], identity: Identity): ReturnType<WantedValue['of']> {
  const filled: { readonly text: string; readonly isItself: boolean }[] = []
  for (const part of parts) {
    const text = 'variable' in part ? attributeOrName(part.variable, identity) : part.text
    if (text === undefined) return { missing: 'variable' in part ? part.variable : '' }
    filled.push({ text, isItself: 'variable' in part || part.isItself })
  }
  const text = filled.map((one) => one.text).join('')
  const pattern = filled.flatMap((one) => (one.isItself ? asItself(one.text) : one.text.split('')))
  return { text, pattern }
}

/**
 * An attribute with several values has none here: IAM takes no key with several values as a variable. An empty one is
 * none either: many a provider sends that for what it does not know, and `${attribute.team}*` would then match everything.
 */
function attributeOrName(name: string, identity: Identity): string | undefined {
  if (name === 'user') return identity.user
  if (name === 'idp') return identity.provider
  const values = attributeValues(identity.attributes, name.slice(attributePrefix.length))
  return (values.length === 1 ? values[0] : undefined) || undefined
}

function isEscape(name: string): boolean {
  return name === '*' || name === '?' || name === '$'
}

/** Taken as plain text, a variable would let a negated operator hold for everybody: what is none is a fault. */
function variableFault(name: string): string | undefined {
  if (isEscape(name) || name === 'user' || name === 'idp') return undefined
  const said = `uses \${${name}}`
  if (name.includes(','))
    return `${said}: variables have no default values here; write a rule for who has none`
  if (name.includes('|'))
    return `${said}: a condition compares values as they are, so nothing may follow the name`
  if (name.startsWith(attributePrefix) && name.length > attributePrefix.length) return undefined
  const attribute = /^saml:(.+)$/.exec(name)?.[1]
  const meant = attribute ? attributePrefix + attribute : suggestion(name, known)
  const hint = meant ? `; did you mean \${${meant}}?` : ''
  return (
    `uses the unknown variable \${${name}}${hint} (known in conditions: ${known.join(', ')}, and \${*} \${?} \${$} ` +
    'for the characters themselves; groups of match: patterns are not)'
  )
}
