import type { Identity } from '../../core/index.ts'
import type { Web } from '../deps.ts'

/** A page stays a page, whatever an identity provider sends. */
const most = { attributes: 60, values: 200, characters: 300 } as const

/** One attribute under every name that a rule may call it by; of a mapped one the short name comes first. */
interface Said {
  readonly name: string
  readonly also: readonly string[]
  readonly values: readonly string[]
  readonly more: number
}

/** What the identity provider said about a person, for themselves to read: what rules look at, and nothing else. */
export function identityView(web: Pick<Web, 'bridge'>, identity: Identity) {
  const sent = Object.entries(identity.attributes).filter(([, values]) => values.length > 0)
  const missing = Object.entries(identity.attributes).filter(([, values]) => values.length === 0)
  const said = byValues(sent)
  return {
    provider: providerLabel(web, identity.provider),
    user: cut(identity.user),
    nameId: cut(identity.nameId),
    ...(identity.nameIdFormat !== undefined && { nameIdFormat: cut(identity.nameIdFormat) }),
    ...(identity.authnContext !== undefined && { authnContext: cut(identity.authnContext) }),
    mfa: identity.mfa,
    attributes: said.slice(0, most.attributes),
    more: Math.max(0, said.length - most.attributes),
    missing: missing.slice(0, most.attributes).map(([name]) => cut(name)),
  }
}

/** What people call an identity provider. */
export function providerLabel(web: Pick<Web, 'bridge'>, name: string): string {
  return web.bridge.identityProviders().find((provider) => provider.name === name)?.label ?? name
}

/** A mapped attribute is there twice, by its own and by its short name: one row, which tells both. */
function byValues(sent: readonly (readonly [string, readonly string[]])[]): readonly Said[] {
  const rows = new Map<string, { names: string[]; values: readonly string[] }>()
  for (const [name, values] of sent) {
    const key = JSON.stringify(values)
    const row = rows.get(key)
    if (row) row.names.push(cut(name))
    else rows.set(key, { names: [cut(name)], values })
  }
  return [...rows.values()]
    .map(({ names, values }) => {
      const [name = '', ...also] = names.toSorted((a, b) => a.length - b.length || (a < b ? -1 : 1))
      const shown = values.slice(0, most.values).map(cut)
      return { name, also, values: shown, more: values.length - shown.length }
    })
    .sort((a, b) => (a.name < b.name ? -1 : 1))
}

function cut(text: string): string {
  return text.length <= most.characters ? text : `${text.slice(0, most.characters)}…`
}
