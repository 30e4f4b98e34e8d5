import type { Organization } from './organization.ts'

/** An account of the organization, in the form of the configuration. */
export interface FoundAccount {
  readonly id: string
  readonly name: string
  readonly open: boolean
  /** As AWS has them; undefined: nobody asked. */
  readonly tags: Readonly<Record<string, string>> | undefined
  /** Where it is, by names: `/workloads/shop`; undefined when some name is not known. */
  readonly ou: string | undefined
}

const maxName = 128
const maxTagValue = 256

/** What others named must neither move a terminal nor look like nothing. */
const visible = (text: string) => text.replace(/[\p{C}\p{Zl}\p{Zp}]/gu, '').trim()

/** The accounts, each by a name of its own, and what had to be left out. */
export function foundAccounts(organization: Organization): {
  readonly found: readonly FoundAccount[]
  readonly notes: readonly string[]
} {
  const notes: string[] = []
  const ids = new Set([...organization.accounts.keys(), ...organization.tags.keys()])
  const found = [...ids].sort().map((id): FoundAccount => {
    const { name = '', open = true } = organization.accounts.get(id) ?? {}
    const tags = organization.tags.get(id)
    const ou = pathOf(id, organization)
    if (ou === undefined && organization.parents.has(id))
      notes.push(`${id}: the names of its organizational units are not all known, so it gets no ou`)
    return {
      id,
      name: visible(name).slice(0, maxName) || id,
      open,
      tags: tags && usableTags(id, tags, notes),
      ou,
    }
  })
  return { found, notes }
}

/** Tags that rules can choose by. `ou` is the place in the organization, which whoever may tag accounts shall not forge. */
function usableTags(id: string, tags: Readonly<Record<string, string>>, notes: string[]) {
  const usable: Record<string, string> = {}
  for (const [key, value] of Object.entries(tags)) {
    const isUsable = key !== '' && key === visible(key) && value !== '' && value === visible(value)
    if (isUsable && key !== 'ou' && key !== 'not' && key !== '__proto__') usable[key] = value
    else notes.push(`${id}: its tag ${JSON.stringify(key)} is left out`)
  }
  return usable
}

function pathOf(id: string, { parents, units }: Organization): string | undefined {
  const names: string[] = []
  let parent = parents.get(id)
  for (let depth = 0; parent?.startsWith('ou-') && depth < 10; depth++) {
    const name = visible(units.get(parent) ?? '')
    // A unit that is called like a path would pass for another one.
    if (name === '' || name.includes('/')) return undefined
    names.unshift(name)
    parent = parents.get(parent)
  }
  const path = `/${names.join('/')}`
  return parent?.startsWith('r-') && path.length <= maxTagValue ? path : undefined
}
