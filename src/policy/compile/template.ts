import { attributeValues, type Identity, suggestion } from '../../core/index.ts'
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
  /** Written `${…|safe}`: its value is made to fit what AWS takes at that place. */
  readonly safe: boolean
}

/** Where values come from, the nearest first. */
export interface Scope {
  readonly identity: Identity
  readonly captures: Captures
  /** Known once the role is. */
  readonly role?: { readonly account: string; readonly name: string }
  /** The AI agent that asks, if one does. */
  readonly agent?: string
}

/** Variables that are always there; a group of a pattern may not take their names. */
export const givenVariables: readonly string[] = ['user', 'idp']
/** Variables that the role itself gives to the other templates of a grant. */
export const roleVariables: readonly string[] = ['account', 'role']
/** In tags alone: a tag can be left out when no agent asks, a name cannot. */
export const agentVariable = 'agent'

const attributePrefix = 'attribute.'

/**
 * Reads a template that may use the variables `known` and `attribute.…`, or says what is wrong with it. In an ARN
 * no value may be made to fit: it would name something else.
 */
export function readTemplate(
  source: string,
  known: readonly string[],
  becomes: 'arn' | 'text' = 'text',
): { template: Template } | { fault: string } {
  const parts: (string | Variable)[] = []
  for (const [index, piece] of source.split('${').entries()) {
    if (index === 0) {
      if (piece !== '') parts.push(piece)
      continue
    }
    const close = piece.indexOf('}')
    if (close < 0) return { fault: 'has a "${" without its "}"' }
    const [name = '', ...filters] = piece.slice(0, close).split('|')
    const variable = filterFault(filters, becomes) ?? readVariable(name, known, filters.length > 0)
    if (typeof variable === 'string') return { fault: variable }
    parts.push(variable)
    if (close + 1 < piece.length) parts.push(piece.slice(close + 1))
  }
  return { template: { source, parts } }
}

function filterFault(filters: readonly string[], becomes: 'arn' | 'text'): string | undefined {
  if (filters.length === 0) return undefined
  if (filters.length > 1 || filters[0] !== 'safe')
    return `has "|${filters.join('|')}" after a variable; all there is is |safe`
  return becomes === 'arn' ? 'takes no |safe: a changed value would name another one' : undefined
}

function readVariable(name: string, known: readonly string[], safe: boolean): Variable | string {
  if (name.startsWith(attributePrefix) && name.length > attributePrefix.length)
    return { kind: 'attribute', name: name.slice(attributePrefix.length), safe }
  if (known.includes(name)) return { kind: 'name', name, safe }
  const meant = suggestion(name, [...known, 'attribute.'])
  const hint = meant ? `; did you mean \${${meant}}?` : ''
  return `uses the unknown variable \${${name}}${hint} (known here: ${[...known, 'attribute.NAME'].join(', ')})`
}

/** A template with its values, still apart; literal text has no variable. */
export interface Piece {
  readonly text: string
  readonly variable?: Variable
}

/** Looks the values up. `missing` names the variable without one: a template never gives half a result. */
export function piecesOf(
  template: Template,
  scope: Scope,
): { pieces: readonly Piece[] } | { missing: string } {
  const pieces: Piece[] = []
  for (const part of template.parts) {
    if (typeof part === 'string') {
      pieces.push({ text: part })
      continue
    }
    const text = variableValue(part, scope)
    if (text === undefined) return { missing: variableName(part) }
    pieces.push({ text, variable: part })
  }
  return { pieces }
}

/** Puts the values in as they are; `unsafe` names the variable whose value `accept` turned down. */
export function renderTemplate(
  template: Template,
  scope: Scope,
  accept?: (value: string) => boolean,
): { text: string } | { missing: string } | { unsafe: string } {
  const found = piecesOf(template, scope)
  if ('missing' in found) return found
  const refused = found.pieces.find(({ text, variable }) => variable && accept && !accept(text))
  if (refused?.variable) return { unsafe: variableName(refused.variable) }
  return { text: found.pieces.map(({ text }) => text).join('') }
}

/** True when a template text uses a variable of this name. */
export function usesVariable(source: string, name: string): boolean {
  return source.includes(`\${${name}}`) || source.includes(`\${${name}|`)
}

/** ARNs have structure: a value must not bring its own, unless the template leaves all of it to the value. */
export function isPlainRoleText(value: string): boolean {
  return /^[\w+=,.@/-]+$/.test(value)
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

function variableValue(
  { kind, name }: Variable,
  { identity, captures, role, agent }: Scope,
): string | undefined {
  if (kind === 'attribute') return attributeValues(identity.attributes, name)[0]
  if (name === 'user') return identity.user
  if (name === 'idp') return identity.provider
  const captured = captures[name]
  if (captured !== undefined) return captured
  if (name === 'account') return role?.account
  if (name === agentVariable) return agent
  return name === 'role' ? role?.name : undefined
}
