import type { HeldGrant, RoleShown, Subject } from '../../bridge.ts'
import { sayDaysAgo } from '../ago.ts'
import { placeOf } from './page-view.ts'
import { sayChanges, sayHistory, sayHow, sayLastUse, saySignOff } from './say.ts'

/** A page stays a page. */
const most = 300

const kinds = { person: 'people', rule: 'rules', account: 'accounts' } as const

/** Somebody, a rule or an account, ready to be signed off. */
export function subjectPageView(subject: Subject, days: number, now: number) {
  const {
    kind,
    id,
    name,
    idp,
    digest,
    grants,
    roles,
    beyond = [],
    people,
    signOffs,
    changes,
    say,
    refused,
  } = subject
  const [latest] = signOffs
  return {
    ...{ kind, name, idp, digest, say, refused, days },
    action: placeOf(kinds[kind], id, days),
    shutOut: subject.shutOut,
    seen: subject.lastSeen === undefined ? undefined : sayDaysAgo(subject.lastSeen, now),
    history: sayHistory({ history: subject.history, at: now }, days),
    people: kind === 'person' ? undefined : people,
    standing: latest && [saySignOff(latest, now), sayChanges(changes) ?? 'nothing changed since'].join('; '),
    grants: grants && accountsOf(grants, days, now),
    roles: roles?.slice(0, most).map((role) => roleLine(role, now)),
    more: Math.max(0, (grants ?? roles ?? []).length - most),
    beyond: beyond.slice(0, 20).map(({ role, rule, last }) => ({ role, rule, when: sayDaysAgo(last, now) })),
    earlier: signOffs.map((one) => ({
      say: saySignOff(one, now),
      note: one.note,
      at: new Date(one.at).toISOString(),
    })),
  }
}

/** Roles by account, as in the portal. */
function accountsOf(grants: readonly HeldGrant[], days: number, now: number) {
  const accounts = new Map<string, HeldGrant[]>()
  for (const grant of grants.slice(0, most)) {
    const own = accounts.get(grant.account.id)
    if (own) own.push(grant)
    else accounts.set(grant.account.id, [grant])
  }
  return [...accounts.values()].map((own) => ({
    id: own[0]?.account.id,
    name: own[0]?.account.name,
    href: placeOf('accounts', own[0]?.account.id ?? '', days),
    roles: own.map((grant) => ({
      name: grant.roleName,
      rule: grant.rule,
      ruleHref: placeOf('rules', grant.rule, days),
      how: grant.how === 'open' ? undefined : sayHow(grant),
      why: grant.why.join(' '),
      used: sayLastUse(grant, now),
      times: grant.times,
      unused: grant.unused,
    })),
  }))
}

function roleLine({ roleName, account, people, users, lastUsed }: RoleShown, now: number) {
  return {
    roleName,
    account,
    people,
    users,
    used: lastUsed === undefined ? 'never' : sayDaysAgo(lastUsed, now),
  }
}
