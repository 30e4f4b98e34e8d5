import assert from 'node:assert/strict'
import { withRules } from '../stage.ts'
import type { signedIn } from './people-stage.ts'

export const admin = 'arn:aws:iam::111122223333:role/Admin'
export const readOnly = 'arn:aws:iam::444455556666:role/ReadOnly'

/** Carol audits, sam administers; one rule matches nobody, one denies nobody, one is wide. */
export const reviewed = withRules(`auditors: { groups: '^security$' }
administrators: { groups: '^secops$' }
rules:
  - id: admins
    match: { groups: '^admins$' }
    grant: { role: '${admin}', maxDuration: 8h }
  - id: with-second-factor
    match: { groups: '^ops$' }
    grant: { role: 'arn:aws:iam::111122223333:role/Audit' }
    condition: { Bool: { 'bridge:MultiFactorAuthPresent': 'true' } }
  - id: everybody
    match: { user: '.*' }
    grant: { role: '${readOnly}' }
  - id: nobody-here
    match: { groups: '^no-such-group$' }
    grant: { role: '${admin}' }
  - id: contractors
    effect: deny
    match: { groups: '^contractor$' }
    roles: '*'
`)

type Api = Awaited<ReturnType<typeof signedIn>>['api']

/** A review as soon as it is made. */
export async function reviewBy(api: Api, query = '') {
  for (let tries = 0; tries < 30; tries++) {
    const answer = await api('GET', `/api/v1/review${query}`)
    if (answer.status !== 202) return answer
  }
  throw new Error('the review was not made')
}

/** Somebody by name, as a review lists them. */
export async function rowOf(api: Api, name: string, query = '') {
  const { status, body } = await reviewBy(api, query)
  assert.equal(status, 200, JSON.stringify(body))
  const row = body.people.find(({ user }: { user: string }) => user.startsWith(`${name}@`))
  assert.ok(row, `${name} is not among ${JSON.stringify(body.people)}`)
  return row
}

/** What somebody would sign off. */
export async function subjectOf(api: Api, kind: string, id: string) {
  const { status, body } = await api('GET', `/api/v1/review/subjects/${kind}/${id}`)
  assert.equal(status, 200, JSON.stringify(body))
  return body
}

/** Signs off what is there now. */
export async function signOff(api: Api, kind: string, id: string, more: object = {}) {
  const { digest } = await subjectOf(api, kind, id)
  return api('POST', '/api/v1/review/sign-offs', {
    kind,
    id,
    digest,
    decision: 'kept',
    note: 'fine',
    ...more,
  })
}
