import type { Office } from '../../bridge.ts'

/** `asks`: there are roles to ask for. */
export type Reason = Office | 'asks'

/** A page that the header leads to. */
interface Place {
  readonly href: string
  readonly label: string
  /**
   * Only for whoever has one of these offices, or where some rule wants to be asked; an empty list: for those without an
   * office; default: everybody.
   */
  readonly offices?: readonly Reason[]
}

/** The pages of the header, in their order. A page of one's own is one line here. */
const places: readonly Place[] = [
  { href: '/', label: 'Roles' },
  { href: '/requests', label: 'Requests', offices: ['asks'] },
  { href: '/audit', label: 'Audit', offices: ['auditor', 'administrator'] },
  { href: '/audit', label: 'Activity', offices: [] },
  { href: '/people', label: 'People', offices: ['auditor', 'administrator'] },
  { href: '/review', label: 'Review', offices: ['auditor', 'administrator'] },
]

/** What the header offers somebody on a page; nothing where there is nowhere else to go. */
export function navigation(offices: readonly Reason[], path: string) {
  const open = places.filter((place) => isFor(place, offices))
  if (open.length < 2) return []
  const here = open.findLast(({ href }) => path === href || path.startsWith(`${href}/`))
  return open.map(({ href, label }) => ({ href, label, current: href === here?.href }))
}

function isFor({ offices: wanted }: Place, offices: readonly Reason[]): boolean {
  if (wanted === undefined) return true
  return wanted.length === 0
    ? offices.every((one) => one === 'asks')
    : wanted.some((one) => offices.includes(one))
}
