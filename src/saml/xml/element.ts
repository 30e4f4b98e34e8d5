/** One element of a scanned document. Immutable; elements with equal start tags may share their attributes. */
export interface Element {
  /** Qualified name as written, and its parts. */
  readonly name: string
  readonly prefix: string
  readonly local: string
  /** Namespace URI; empty when there is none. */
  readonly ns: string
  readonly attributes: readonly Attribute[]
  /** Every namespace in scope, innermost first. */
  readonly scope: Scope | undefined
  /** Child elements, and text in canonical escaped form. */
  readonly children: readonly (Element | string)[]
}

export interface Attribute {
  readonly name: string
  readonly prefix: string
  readonly local: string
  readonly ns: string
  /** Canonical escaped form (Canonical XML 1.0 §2.3). */
  readonly value: string
}

export interface Declaration {
  readonly prefix: string
  readonly uri: string
}

export interface Scope extends Declaration {
  readonly outer: Scope | undefined
  /** How many declarations there are up to here. */
  readonly size: number
}

/** The namespace that a prefix stands for; undefined when it is not declared. */
export function lookup(scope: Scope | undefined, prefix: string): string | undefined {
  for (let at = scope; at !== undefined; at = at.outer) if (at.prefix === prefix) return at.uri
  return undefined
}
