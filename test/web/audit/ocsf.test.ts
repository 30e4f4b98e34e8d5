import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { NewEvent } from '../../../src/events/index.ts'
import { ocsf } from '../../../src/web/audit/ocsf.ts'
import { events, record } from './records.ts'

/**
 * What OCSF 1.5.0 requires (schema.ocsf.io/1.5.0): `base_event`, the class itself, and the objects in it. `any` and `one`
 * are its constraints `at_least_one` and `just_one`.
 */
const published = {
  version: '1.5.0',
  base: ['activity_id', 'category_uid', 'class_uid', 'metadata', 'severity_id', 'time', 'type_uid'],
  classes: {
    3001: { category: 3, required: ['user'], activities: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 99] },
    3002: {
      category: 3,
      required: ['user'],
      activities: [1, 2, 3, 4, 5, 6, 99],
      any: ['service', 'dst_endpoint'],
    },
    3005: { category: 3, required: ['user', 'privileges'], activities: [1, 2, 99] },
    3003: { category: 3, required: ['user'], activities: [1, 2, 99], one: ['privileges', 'group'] },
    6002: { category: 6, required: ['app'], activities: [1, 2, 3, 4, 5, 6, 7, 8, 99] },
    6003: { category: 6, required: ['actor', 'api', 'src_endpoint'], activities: [1, 2, 3, 4, 99] },
    2004: { category: 2, required: ['finding_info'], activities: [1, 2, 3, 99] },
  },
  objects: {
    metadata: { required: ['product', 'version'] },
    product: { any: ['name', 'uid'] },
    app: { any: ['name', 'uid'] },
    service: { any: ['name', 'uid'] },
    user: { any: ['account', 'name', 'uid'] },
    account: { any: ['name', 'uid'] },
    actor: { any: ['process', 'user', 'invoked_by', 'session', 'app_name', 'app_uid'] },
    api: { required: ['operation'] },
    src_endpoint: { any: ['ip', 'uid', 'name', 'hostname', 'svc_name', 'domain'] },
    finding_info: { required: ['uid'] },
  },
} as const

interface Demands {
  readonly required?: readonly string[]
  readonly any?: readonly string[]
  readonly one?: readonly string[]
}

type Fields = Readonly<Record<string, unknown>>

function unmet(name: string, fields: Fields, { required = [], any, one }: Demands): string[] {
  const has = (key: string) => fields[key] !== undefined && fields[key] !== ''
  return [
    ...required.filter((key) => !has(key)).map((key) => `${name} lacks ${key}`),
    ...(any && !any.some(has) ? [`${name} has none of ${any}`] : []),
    ...(one && one.filter(has).length !== 1 ? [`${name} has not just one of ${one}`] : []),
  ]
}

/** What the framework would say against an event; objects in objects are looked at too. */
function faultsOf(event: Fields): string[] {
  const known: Demands & { category?: number; activities?: readonly number[] } =
    published.classes[event.class_uid as keyof typeof published.classes]
  assert.ok(known, `class ${event.class_uid}`)
  const walk = (fields: Fields): string[] =>
    Object.entries(fields).flatMap(([name, value]) => {
      if (name === 'unmapped' || typeof value !== 'object' || value === null || Array.isArray(value))
        return []
      const demands: Demands = published.objects[name as keyof typeof published.objects] ?? {}
      return [...unmet(name, value as Fields, demands), ...walk(value as Fields)]
    })
  return [
    ...unmet('event', event, { required: published.base }),
    ...unmet('event', event, known),
    ...(event.category_uid === known.category ? [] : ['category_uid']),
    ...(known.activities?.includes(event.activity_id as number) ? [] : ['activity_id']),
    ...(event.type_uid === (event.class_uid as number) * 100 + (event.activity_id as number)
      ? []
      : ['type_uid']),
    ...walk(event),
  ]
}

const written = (event: NewEvent): Fields => JSON.parse(ocsf.line(record(event)))

describe('OCSF', () => {
  test('every type of event has what its class requires, by the published version', () => {
    for (const event of Object.values(events)) {
      const one = written(event)
      assert.deepEqual(faultsOf(one), [], event.type)
      assert.equal((one.metadata as Fields).version, published.version)
    }
  })

  test('sign-ins are Authentication, hand-outs Authorize Session, the server’s life Application Lifecycle', () => {
    const uid = (event: NewEvent) => written(event).type_uid
    assert.equal(uid(events.sign_in), 300201)
    assert.equal(uid(events.sign_out), 300202)
    assert.equal(uid(events.credentials_issued), 300301)
    assert.equal(uid(events.person_locked), 300109)
    assert.equal((written(events.person_locked).user as Fields).name, 'bob')
    assert.equal(uid(events.server_started), 600203)
    assert.equal(uid(events.refresh_reuse_detected), 200401)
  })

  test('what was refused is a failure that names its code; who, where and what stand in their places', () => {
    const refused = written(events.sign_in_refused)
    assert.deepEqual([refused.status_id, refused.status_code], [2, 'audience_mismatch'])
    assert.equal(refused.status_detail, 'the audience is urn:other')
    const issued = written(events.credentials_issued) as {
      user: Fields
      privileges: unknown
      src_endpoint: unknown
      metadata: Fields
    }
    assert.equal(issued.user.name, 'alice@corp.example')
    assert.deepEqual(issued.privileges, ['arn:aws:iam::111122223333:role/team/Admin'])
    assert.deepEqual(issued.src_endpoint, { ip: '192.0.2.7' })
    assert.equal(issued.metadata.correlation_uid, 'bPp3Zg0yqTtYw1kX')
  })

  test('access that somebody asked for is User Access Management of whoever asked, by whoever acted', () => {
    const types = ['requested', 'approved', 'denied', 'withdrawn', 'expired', 'activated', 'ended'] as const
    const all = types.map((type) => written(events[`access_${type}`]))
    assert.deepEqual([...new Set(all.map(({ class_uid }) => class_uid))], [3005])
    assert.deepEqual(
      all.map(({ activity_id, activity_name }) => [activity_id, activity_name]),
      [
        [99, 'Request'],
        [99, 'Approve'],
        [99, 'Deny'],
        [99, 'Withdraw'],
        [99, 'Expire'],
        [1, 'Assign Privileges'],
        [2, 'Revoke Privileges'],
      ],
    )
    for (const { user, privileges, status_code } of all) {
      assert.equal((user as Fields).name, 'alice@corp.example')
      assert.deepEqual(privileges, ['arn:aws:iam::111122223333:role/team/Admin'])
      assert.equal(status_code, undefined, 'what a person wrote is no code')
    }
    const [, approved, , , expired] = all as { actor?: { user: Fields } }[]
    assert.equal(approved?.actor?.user.name, 'lena@corp.example')
    assert.equal(expired?.actor, undefined)
  })

  test('a role that was opened without anybody came about, and somebody is to look at it', () => {
    const { status_id, severity_id } = written(events.access_activated)
    assert.deepEqual([status_id, severity_id], [1, 4])
    assert.equal(written(events.person_locked).status_code, undefined)
    assert.equal(written(events.sign_out).status_code, 'user')
  })

  test('a type that nobody has placed yet is one of these all the same, and nothing of it is lost', () => {
    const strange = { ...events.sign_out, type: 'something_new', extra: { deep: 1 } } as unknown as NewEvent
    const one = written(strange)
    assert.deepEqual(faultsOf(one), [])
    assert.deepEqual((one.unmapped as Fields).extra, { deep: 1 })
    const bare = { type: 'something_else' } as unknown as NewEvent
    assert.deepEqual(faultsOf(written(bare)), [])
    const named = { type: 'constructor' } as unknown as NewEvent
    assert.deepEqual(faultsOf(written(named)), [])
  })

  test('the check of this page notices what is missing', () => {
    const { user, ...less } = written(events.sign_in)
    assert.ok(user)
    assert.deepEqual(faultsOf(less), ['event lacks user'])
    assert.deepEqual(faultsOf({ ...less, user: {} }), ['user has none of account,name,uid'])
  })
})
