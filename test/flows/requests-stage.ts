import assert from 'node:assert/strict'
import { Person } from '../person.ts'
import { type Stage, type StageOptions, somebody, startStage, withRules } from '../stage.ts'
import { arnOf, open } from './narrowed-stage.ts'
import { Program } from './program.ts'

export const admin = arnOf('Admin')

/** Who asks, who allows, and who has an office. */
export const people = [
  somebody('sam', 'sre'),
  somebody('otto', 'sre', 'on-call'),
  { ...somebody('lena', 'leads'), mfa: true },
  { ...somebody('liam', 'leads'), mfa: true },
  somebody('lou', 'leads', 'sre'),
  somebody('audrey', 'audit'),
  somebody('adam', 'admins'),
  somebody('nobody', 'none'),
]

/** One rule whose role must be asked for, with what its `request` says beside who allows it. */
export const rulesWith = (request = '', more = '', grant = 'maxDuration: 4h') =>
  `rules:
${more}  - id: admin-on-request
    match: { groups: '^sre$' }
    grant: { role: '${admin}', ${grant} }
    request:
      approvers: { groups: '^leads$' }
${request
  .split('\n')
  .filter(Boolean)
  .map((line) => `      ${line}\n`)
  .join('')}auditors: { groups: '^audit$' }
administrators: { groups: '^admins$' }
`

export async function startRequests(
  request = '',
  { more = '', grant, ...options }: StageOptions & { more?: string; grant?: string } = {},
): Promise<Stage> {
  const stage = await startStage({ people, config: withRules(rulesWith(request, more, grant)), ...options })
  open(stage, ['Admin', 'Reader'])
  return stage
}

type Body = Record<string, unknown> & { readonly id: string; readonly state: string }
interface Answer {
  readonly status: number
  readonly body: Body & { readonly title: string; readonly code: string }
}

/** Somebody's command line, as far as requests go. */
export class Someone {
  readonly program: Program
  #token = ''

  constructor(program: Program) {
    this.program = program
  }

  /** `look`: how long they look at a page before they decide, where the clock is not ours. */
  static async of(
    { url }: Pick<Stage, 'url'>,
    name: string,
    look?: () => Promise<void>,
    person?: Person,
  ): Promise<Someone> {
    const someone = new Someone(new Program({ url }))
    await someone.signIn(name, look, person)
    return someone
  }

  async signIn(name: string, look?: () => Promise<void>, person = new Person()): Promise<void> {
    const { status, body } = await this.program.signIn(name, person, look)
    assert.equal(status, 200, JSON.stringify(body))
    this.#token = body.access_token
  }

  api(method: string, path: string, body?: object): Promise<Answer> {
    return this.program.api(method, `/api/v1${path}`, this.#token, body) as Promise<Answer>
  }

  ask(more: object = {}): Promise<Answer> {
    return this.api('POST', '/requests', { role: admin, reason: 'INC-1 the disk is full', ...more })
  }

  step(id: string, step: string, body?: object): Promise<Answer> {
    return this.api('POST', `/requests/${id}/${step}`, body)
  }

  take(more: object = {}): Promise<Answer> {
    return this.api('POST', '/credentials', { role: admin, ...more })
  }
}

/** From asking to an open role. */
export async function opened(asker: Someone, approver: Someone, more: object = {}): Promise<string> {
  const { id } = (await asker.ask(more)).body
  assert.equal((await approver.step(id, 'approve')).body.state, 'approved')
  const started = await asker.step(id, 'activate')
  assert.equal(started.body.state, 'active', JSON.stringify(started.body))
  return id
}
