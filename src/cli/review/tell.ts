import { record } from '../roles/read-role.ts'
import { plain } from '../terminal/plain-text.ts'
import { print, say, styled, table, wrapped } from '../terminal/terminal.ts'

export const list = (value: unknown): readonly Readonly<Record<string, unknown>>[] =>
  (Array.isArray(value) ? value : []).map(record)

/** A number of the answer. */
const count = (value: unknown) => (typeof value === 'number' ? String(value) : '')

/** A number and what there are so many of. */
const counted = (value: unknown, one: string, several = `${one}s`) =>
  `${count(value)} ${value === 1 ? one : several}`

const date = (value: unknown) => plain(value ?? '').slice(0, 10)

/** A review for people: findings first, then who has what. */
export function tellReview(review: Readonly<Record<string, unknown>>): void {
  const { people, roles, grants, unused } = record(review.totals)
  const tracked = review.history !== undefined
  const words = `${counted(people, 'person', 'people')}, ${counted(roles, 'role')}, ${counted(grants, 'grant')}${tracked ? `, ${count(unused)} unused` : ''}`
  print(styled('bold', words, process.stdout))
  if (!tracked) say('There is no history database, so nobody can tell what was used.')
  else if (record(review.history).since !== undefined)
    say(`The history begins on ${date(record(review.history).since)}.`)
  for (const one of list(review.findings)) {
    const names = Array.isArray(one.names) ? one.names.slice(0, 6).map(plain).join(', ') : ''
    print(wrapped(`  ${plain(one.code)}: ${plain(one.say)}${names ? ` (${names})` : ''}`, process.stdout))
  }
  const rows = list(review.people).map((one) => [
    ...[plain(one.user), plain(one.provider), count(one.roles), tracked ? count(one.unused) : ''],
    ...[count(one.onRequest), count(one.locked), date(one.lastSeen), one.shutOut === true ? 'locked' : ''],
    sayLatest(record(one.signOff)),
  ])
  if (rows.length === 0) return
  const head = ['PERSON', 'PROVIDER', 'ROLES', 'UNUSED', 'ON REQUEST', 'CONDITION', 'SEEN', '', 'SIGNED OFF']
  const [title = '', ...lines] = table([head, ...rows]).split('\n')
  print([styled('bold', title, process.stdout), ...lines].join('\n'))
  if (review.next !== undefined) say('There are more people: --format csv has all of them.')
}

function sayLatest({ decision, by, at, changes }: Readonly<Record<string, unknown>>): string {
  if (decision === undefined) return ''
  const changed = changes === undefined ? '' : ', changed since'
  return `${plain(decision).replaceAll('_', ' ')} by ${plain(by)} ${date(at)}${changed}`
}

/** What is about to be signed off. */
export function tellSubject(subject: Readonly<Record<string, unknown>>): void {
  const { kind, name, idp, people } = subject
  say(styled('bold', `${plain(kind)} ${plain(name)}${idp === undefined ? '' : ` (${plain(idp)})`}`))
  if (subject.say !== undefined) say(plain(subject.say))
  const grants = list(subject.grants).map((one) => [
    ...[plain(one.roleName), plain(one.accountName), plain(one.rule), plain(one.how).replaceAll('_', ' ')],
    one.lastUsed === undefined
      ? one.unused === undefined
        ? 'unknown'
        : 'never used'
      : `used ${date(one.lastUsed)}`,
  ])
  const roles = list(subject.roles).map((one) => [
    ...[plain(one.roleName), plain(one.account), counted(one.people, 'person', 'people')],
    one.lastUsed === undefined ? 'never used' : `used ${date(one.lastUsed)}`,
  ])
  const rows = [...grants, ...roles]
  say(rows.length === 0 ? `No roles, ${counted(people, 'person', 'people')}.` : table(rows))
}
