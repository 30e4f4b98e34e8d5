import { attributeValues, type Identity, suggestion } from '../core/index.ts'
import type { Captures } from './pattern.ts'
import { matchesWildcard } from './wildcard.ts'

/** Text with places for values: `arn:aws:iam::${account}:role/${role}`. */
export interface Template {
  readonly source: string
  readonly parts: readonly (string | Variable)[]
}

interface Variable {
  readonly kind: 'name' | 'attribute'
  readonly name: string
}

/** Where values come from, the nearest first. */
export interface Scope {
  readonly identity: Identity
  readonly captures: Captures
  /** Known once the role is. */
  readonly role?: { readonly account: string; readonly name: string }
}

/** Variables that are always there; a group of a pattern may not take their names. */
export const givenVariables: readonly string[] = ['user', 'idp']
/** Variables that the role itself gives to the other templates of a grant. */
export const roleVariables: readonly string[] = ['account', 'role']

const attributePrefix = 'attribute.'

/** Reads a template that may use the variables `known` and `attribute.…`, or says what is wrong with it. */
export function readTemplate(
  source: string,
  known: readonly string[],
): { template: Template } | { fault: string } {
  const parts: (string | Variable)[] = []
  for (const [index, piece] of source.split('${').entries()) {
    if (index === 0) {
      if (piece !== '') parts.push(piece)
      continue
    }
    const close = piece.indexOf('}')
    if (close < 0) return { fault: 'has a "${" without its "}"' }
    const variable = readVariable(piece.slice(0, close), known)
    if (typeof variable === 'string') return { fault: variable }
    parts.push(variable)
    if (close + 1 < piece.length) parts.push(piece.slice(close + 1))
  }
  return { template: { source, parts } }
}

function readVariable(name: string, known: readonly string[]): Variable | string {
  if (name.startsWith(attributePrefix) && name.length > attributePrefix.length)
    return { kind: 'attribute', name: name.slice(attributePrefix.length) }
  if (known.includes(name)) return { kind: 'name', name }
  const meant = suggestion(name, [...known, 'attribute.'])
  const hint = meant ? `; did you mean \${${meant}}?` : ''
  return `uses the unknown variable \${${name}}${hint} (known here: ${[...known, 'attribute.NAME'].join(', ')})`
}

/**
 * Puts the values in. `missing` names the variable without a value, `unsafe` the one whose value `accept`
 * turned down: a template never gives half a result.
 */
export function renderTemplate(
  template: Template,
  scope: Scope,
  accept?: (value: string) => boolean,
): { text: string } | { missing: string } | { unsafe: string } {
  let text = ''
  for (const part of template.parts) {
    if (typeof part === 'string') {
      text += part
      continue
    }
    const value = variableValue(part, scope)
    if (value === undefined) return { missing: variableName(part) }
    if (accept && !accept(value)) return { unsafe: variableName(part) }
    text += value
  }
  return { text }
}

/** True when the whole template is one variable. */
export function isSingleVariable(template: Template): boolean {
  return template.parts.length === 1 && typeof template.parts[0] === 'object'
}

/** True when a text uses no variables. */
export function isFixed(template: string): boolean {
  return !template.includes('${')
}

/** False only when no values whatever could make the template become this text. */
export function couldRender({ parts }: Template, text: string): boolean {
  return matchesWildcard(parts.map((part) => (typeof part === 'string' ? part : '*')).join(''), text)
}

function variableName({ kind, name }: Variable): string {
  return kind === 'attribute' ? attributePrefix + name : name
}

function variableValue({ kind, name }: Variable, { identity, captures, role }: Scope): string | undefined {
  if (kind === 'attribute') return attributeValues(identity.attributes, name)[0]
  if (name === 'user') return identity.user
  if (name === 'idp') return identity.provider
  const captured = captures[name]
  if (captured !== undefined) return captured
  if (name === 'account') return role?.account
  return name === 'role' ? role?.name : undefined
}
