import type { AccountInfo, Identity } from '../../core/index.ts'
import {
  isAdministrator,
  isAuditor,
  mayApprove,
  mayBreakGlass,
  type Policy,
  type RequestTerms,
} from '../../policy/index.ts'
import type { Seen } from '../people/seen.ts'
import type { Held, HeldGrant } from './held.ts'

/** Some names of many people, and how many they are. */
export interface Names {
  readonly count: number
  readonly names: readonly string[]
}

/** What a rule did, as far as the people of a review go. */
export interface RuleTally {
  /** Whom its match takes. */
  people: number
  /** Who come to a role by it, and how many roles that are. */
  holders: number
  readonly roles: Set<string>
  /** Who asks by it, where others must allow it. */
  readonly approvers: NameList
  /** Who may ask by it and may allow it: two of them can allow each other’s. */
  readonly both: NameList
  readonly breakGlass: NameList
}

/** A role, and who of the people of a review come to it. */
export interface RoleTally {
  readonly account: AccountInfo
  readonly roleName: string
  people: number
  /** Who took it within the days of the review. */
  users: number
  lastUsed: number | undefined
}

const mostNames = 50
/** Roles and rules beyond this are counted for nobody: some hundred megabytes would be next. */
const mostPairs = 200_000

/** Names, as many as one reads. */
export class NameList implements Names {
  count = 0
  readonly names: string[] = []

  add(name: string): void {
    this.count += 1
    if (this.names.length < mostNames) this.names.push(name)
  }
}

/** Counts of one walk through everybody: by rule, by role and by office; bounded however many people come. */
export class Tallies {
  people = 0
  grants = 0
  unused = 0
  /** Not every role could be counted. */
  cut = false
  readonly byRule: ReadonlyMap<string, RuleTally>
  readonly byRole = new Map<string, RoleTally>()
  readonly auditors = new NameList()
  readonly administrators = new NameList()
  /** Who is locked and would have roles otherwise. */
  readonly shutOut = new NameList()
  /** Of whom not everything that their provider said was kept. */
  readonly partly = new NameList()
  #pairs = 0
  readonly #policy: Policy
  /** Rules that others must allow, with their terms. */
  readonly #asking: readonly (readonly [string, RequestTerms])[]

  constructor(policy: Policy) {
    this.#policy = policy
    this.#asking = policy.rules.flatMap((rule) =>
      rule.effect === 'allow' && rule.request ? [[rule.id, rule.request] as const] : [],
    )
    this.byRule = new Map(
      policy.rules.map(({ id }) => [
        id,
        {
          ...{ people: 0, holders: 0, roles: new Set<string>() },
          ...{ approvers: new NameList(), both: new NameList(), breakGlass: new NameList() },
        },
      ]),
    )
  }

  add({ identity, left = 0 }: Seen, { grants, matched }: Held, shutOut: boolean): void {
    this.people += 1
    if (left > 0) this.partly.add(identity.user)
    if (shutOut && grants.length > 0) this.shutOut.add(identity.user)
    if (isAuditor(this.#policy, identity)) this.auditors.add(identity.user)
    if (isAdministrator(this.#policy, identity)) this.administrators.add(identity.user)
    for (const id of matched) this.#count(id, 'people')
    const holding = new Set<string>()
    for (const grant of grants) {
      this.#hold(grant)
      holding.add(grant.rule)
    }
    for (const id of holding) this.#count(id, 'holders')
    // Whoever is locked allows nothing.
    if (!shutOut) this.#approvals(identity, new Set(matched))
  }

  #count(id: string, what: 'people' | 'holders'): void {
    const rule = this.byRule.get(id)
    if (rule) rule[what] += 1
  }

  #hold({ roleArn, account, roleName, rule, unused, lastUsed }: HeldGrant): void {
    this.grants += 1
    if (unused) this.unused += 1
    const known = this.byRole.get(roleArn)
    const roles = this.byRule.get(rule)?.roles
    if ((!known || !roles?.has(roleArn)) && this.#pairs >= mostPairs) {
      this.cut = true
      return
    }
    if (roles && !roles.has(roleArn)) {
      this.#pairs += 1
      roles.add(roleArn)
    }
    const role: RoleTally = known ?? { account, roleName, people: 0, users: 0, lastUsed: undefined }
    role.people += 1
    if (unused === false) role.users += 1
    if (lastUsed !== undefined) role.lastUsed = Math.max(role.lastUsed ?? 0, lastUsed)
    this.byRole.set(roleArn, role)
  }

  #approvals(identity: Identity, matched: ReadonlySet<string>): void {
    for (const [id, terms] of this.#asking) {
      const rule = this.byRule.get(id)
      if (rule === undefined) continue
      const approves = mayApprove(terms, identity)
      if (approves) rule.approvers.add(identity.user)
      if (approves && matched.has(id)) rule.both.add(identity.user)
      if (matched.has(id) && mayBreakGlass(terms, identity)) rule.breakGlass.add(identity.user)
    }
  }
}
