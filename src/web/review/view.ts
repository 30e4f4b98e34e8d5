import type {
  Names,
  Review,
  Reviewed,
  ReviewRow,
  ReviewStanding,
  RoleShown,
  SignOff,
  Subject,
} from '../../bridge.ts'

const iso = (at: number) => new Date(at).toISOString()
const when = (name: string, at: number | undefined) => (at === undefined ? {} : { [name]: iso(at) })
const namesView = ({ count, names }: Names) => ({ count, names })

/** A review as the API answers it. */
export function reviewView(review: Review) {
  const { at, took, totals, cut, history, findings, approvals, auditors, administrators, due, next } = review
  return {
    at: iso(at),
    took,
    totals,
    ...(cut && { cut }),
    ...(history && { history: when('since', history.since) }),
    findings,
    approvals: approvals.map(({ rule, needed, approvers, eachOther, breakGlass }) => ({
      ...{ rule, needed, approvers: namesView(approvers) },
      ...{ eachOther: namesView(eachOther), breakGlass: namesView(breakGlass) },
    })),
    ...{ auditors: namesView(auditors), administrators: namesView(administrators) },
    due: due.map(({ name, notAfter }) => ({ name, at: iso(notAfter) })),
    rules: review.rules.map(({ lastUsed, ...rule }) => ({ ...rule, ...when('lastUsed', lastUsed) })),
    roles: review.roles.map(roleView),
    people: review.people.map(personView),
    ...(next !== undefined && { next }),
  }
}

const roleView = ({ lastUsed, ...role }: RoleShown) => ({ ...role, ...when('lastUsed', lastUsed) })

const personView = ({ lastSeen, signOff, ...row }: ReviewRow) => ({
  ...row,
  lastSeen: iso(lastSeen),
  ...(signOff && { signOff: standingView(signOff) }),
})

/** A sign-off as the API answers it; marks of roles are ours alone. */
export function signOffView({ at, by, decision, note, digest, people }: SignOff) {
  return { at: iso(at), by: by.user, byIdp: by.idp, decision, note, digest, people }
}

const standingView = ({ latest, changes }: ReviewStanding) => ({
  ...signOffView(latest),
  ...(changes && { changes }),
})

/** What somebody is about to sign off. */
export function subjectView({
  grants,
  beyond,
  roles,
  signOffs,
  changes,
  lastSeen,
  history,
  ...rest
}: Subject) {
  return {
    ...rest,
    ...when('lastSeen', lastSeen),
    ...(history && { history: when('since', history.since) }),
    ...(grants && {
      grants: grants.map(({ lastUsed, account, ...grant }) => ({
        ...grant,
        ...{ accountId: account.id, accountName: account.name },
        ...when('lastUsed', lastUsed),
      })),
    }),
    ...(beyond && { beyond: beyond.map(({ last, ...use }) => ({ ...use, last: iso(last) })) }),
    ...(roles && { roles: roles.map(roleView) }),
    signOffs: signOffs.map(signOffView),
    ...(changes && { changes }),
  }
}

/** What was signed off, with its latest word. */
export function reviewedView({ kind, name, idp, signOffs }: Reviewed) {
  return { kind, name, ...(idp !== undefined && { idp }), signOffs: signOffs.map(signOffView) }
}
