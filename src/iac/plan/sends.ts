import { type AllowOptions, isFixed, type RoleValues, usesVariable } from '../../policy/index.ts'

/** What the bridge sends when a rule opens a role, as far as a trust policy can tell. */
export interface Sends {
  readonly tags: readonly Tag[]
  readonly transitive: readonly string[]
  /** Whether a source identity is set, always or perhaps. */
  readonly sourceIdentity: 'always' | 'perhaps' | 'never'
}

interface Tag {
  readonly key: string
  /** What it always says; undefined: what people bring. */
  readonly value?: string | undefined
  readonly always: boolean
  /** It comes with the session before, and is not part of this call. */
  readonly inherited?: true
}

export const nothing: Sends = { tags: [], transitive: [], sourceIdentity: 'never' }

/** Everything that a rule sends for a role. */
export function sendsOf({ grant }: AllowOptions, values: RoleValues): Sends {
  return {
    tags: Object.entries(grant.tags).map(([key, text]) => ({
      key,
      value: filled(text, values),
      always: !usesVariable(text, 'agent'),
    })),
    transitive: grant.transitiveTags,
    sourceIdentity: grant.sourceIdentity === undefined ? 'never' : 'always',
  }
}

/** What goes to the entrance of a chain: AWS hands transitive tags on, all others are the last role's alone. */
export function atEntrance({ tags, transitive, sourceIdentity }: Sends): Sends {
  return { tags: tags.filter(({ key }) => transitive.includes(key)), transitive, sourceIdentity }
}

/** What reaches a role on the way, or its end, from the role before. */
export function furtherOn(sends: Sends, isLast: boolean): Sends {
  const tags = sends.tags.flatMap((tag): readonly Tag[] => {
    if (sends.transitive.includes(tag.key)) return [{ ...tag, inherited: true }]
    return isLast ? [tag] : []
  })
  return { ...sends, tags }
}

/** A text with its variables filled in; undefined when not all of them are known. */
export function filled(text: string, values: RoleValues): string | undefined {
  const done = text.replace(/\$\{([^}|]+)(?:\|safe)?\}/g, (whole, name: string) => values[name] ?? whole)
  return isFixed(done) ? done : undefined
}

/** The same with `*` for what is not known. */
export function filledLike(text: string, values: RoleValues): string {
  return text.replace(/\$\{([^}|]+)(?:\|safe)?\}/g, (_, name: string) => values[name] ?? '*')
}
