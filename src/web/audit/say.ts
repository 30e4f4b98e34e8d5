import type { AuditRecord } from '../../bridge.ts'
import { formatDuration, parseEntitlementArn } from '../../core/index.ts'
import { fieldsOf, textOf } from './record.ts'

/** A text of the record by its name; what else to say where there is none. */
type Get = (name: string, otherwise?: string) => string

const kinds: Readonly<Record<string, string>> = {
  cli: ' on a command line',
  'aws-sso': ' by the AWS CLI',
  workload: ' as a workload',
}

const signOuts: Readonly<Record<string, (get: Get) => string>> = {
  user: (get) => `${get('user')} signed out`,
  identity_provider: (get) => `${get('user')} was signed out by ${get('idp')}`,
  revoked: (get) => `A session of ${get('user')} was ended`,
  replaced: (get) => `${get('user')} was signed out: somebody else signed in in the same browser`,
}

const revocations: Readonly<Record<string, (get: Get) => string>> = {
  revoked: (get) => `${get('user')} ended a session of theirs`,
  too_many: (get) => `The oldest session of ${get('user')} was ended: they had too many`,
  stepped_up: (get) => `A stronger sign-in took the place of a session of ${get('user')}`,
}

/** A sentence for each type of event. What has none is said by its name. */
const sentences: Readonly<Record<string, (get: Get, record: AuditRecord) => string>> = {
  sign_in: (get, record) =>
    `${get('user')} signed in${kinds[get('kind')] ?? ''} through ${get('idp')}${fieldsOf(record).mfa === true ? ', with a second factor' : ''}`,
  sign_in_refused: (get) =>
    `A sign-in${of(get('user', ''))}${through(get('idp', ''))} was refused: ${get('code')}`,
  logout_refused: (get) => `A logout message${of(get('idp', ''))} was refused: ${get('code')}`,
  credentials_issued: (get, record) => `${get('user')} took ${roleOf(get)}${forTime(record)}`,
  credentials_refused: (get) => `${get('user')} did not get ${roleOf(get)}: ${get('code')}`,
  console_link_issued: (get) => `${get('user')} opened the console as ${roleOf(get)}`,
  sign_out: (get) => (signOuts[get('reason')] ?? signOuts.user)?.(get) ?? '',
  device_authorization_approved: (get) => `${get('user')} let a program in: ${get('client')}`,
  device_authorization_denied: (get) => `${get('user')} sent a program away: ${get('client')}`,
  authorization_approved: (get) => `${get('user')} let a program in: ${get('client')}`,
  refresh_reuse_detected: (get) =>
    `A program used an old credential again, and its session was ended: ${get('client')}`,
  session_revoked: (get) => (revocations[get('reason')] ?? revocations.revoked)?.(get) ?? '',
  access_requested: (get) => `${get('user')} asked for ${roleOf(get)}: ${get('reason')}`,
  access_approved: (get, record) =>
    `${get('user')} allowed ${get('person')} ${roleOf(get)}${stillNeeded(record)}`,
  access_denied: (get) => `${get('user')} did not allow ${get('person')} ${roleOf(get)}`,
  access_withdrawn: (get) => `${get('user')} withdrew the wish for ${roleOf(get)}`,
  access_expired: (get) =>
    get('waitedFor') === 'activation'
      ? `${get('person')} did not open ${roleOf(get)} in time`
      : `Nobody answered ${get('person')} in time about ${roleOf(get)}`,
  access_waiting: (get, record) =>
    `${get('destination')} was reminded of ${fieldsOf(record).waiting === 1 ? 'one request that waits' : `${fieldsOf(record).waiting} requests that wait`}`,
  access_activated: (get, record) =>
    `${get('person')} opened ${roleOf(get)}${fieldsOf(record).breakGlass === true ? ' without approval' : ''}`,
  access_ended: (get) =>
    `${roleOf(get)} was shut again for ${get('person')}${get('by') === 'time' ? ': the time was over' : ` by ${get('user')}`}`,
  person_locked: (get) => `${get('user')} locked ${get('person')}: ${get('reason')}`,
  person_unlocked: (get) => `${get('user')} unlocked ${get('person')}`,
  people_read: (get) => `${get('user')} looked at what is known of ${get('person', 'people')}`,
  audit_read: (get, record) => `${get('user')} looked through records of others${seen(record)}`,
  audit_exported: (get, record) =>
    get('stage') === 'ended'
      ? `${get('user')} exported ${counted(record)} as ${get('format')}${fieldsOf(record).whole === false ? ', and stopped there' : ''}`
      : `${get('user')} began to export records as ${get('format')}`,
  review_read: (get) => `${get('user')} reviewed who may what`,
  review_exported: (get) => `${get('user')} exported a review as ${get('format')}`,
  review_signed_off: (get) =>
    `${get('user')} signed off the ${get('about')} ${get('person', get('rule', get('accountId')))}: ${get('decision').replaceAll('_', ' ')}`,
  config_loaded: () => 'A configuration was taken into use',
  config_refused: () => 'A faulty configuration was not taken into use',
  store_restored: (get) => `A backup of ${get('backupAt')} was put back into the store`,
  server_started: (get) => `Rolebridge ${get('version')} started`,
  server_stopped: (get) => `Rolebridge stopped: ${get('reason')}`,
  metadata_loaded: (get) => `The metadata of ${get('idp')} was loaded`,
  metadata_failed: (get) => `The metadata of ${get('idp')} could not be loaded`,
  warning: (get) => get('message'),
}

/** What happened, in a sentence. */
export function sayRecord(record: AuditRecord): string {
  const get: Get = (name, otherwise = name === 'user' ? 'Somebody' : '…') => textOf(record, name) ?? otherwise
  const sentence = Object.hasOwn(sentences, record.type) ? sentences[record.type] : undefined
  return sentence?.(get, record) ?? sayType(record.type)
}

/** The name of a type of event, as people read it. */
export function sayType(type: string): string {
  const words = type.replaceAll('_', ' ')
  return words.charAt(0).toUpperCase() + words.slice(1)
}

/** The types that have a sentence, for a list to choose from. */
export const knownTypes: readonly string[] = Object.keys(sentences)

function roleOf(get: Get): string {
  const arn = get('roleArn', '')
  const role = parseEntitlementArn(arn)
  if (arn === '') return 'credentials'
  return role ? `${role.name} in ${get('accountName', role.account)}` : arn
}

function forTime(record: AuditRecord): string {
  const { duration } = fieldsOf(record)
  return typeof duration === 'number' ? ` for ${formatDuration(duration)}` : ''
}

function stillNeeded(record: AuditRecord): string {
  const { approvals, needed } = fieldsOf(record)
  return typeof approvals === 'number' && typeof needed === 'number' && approvals < needed
    ? `, as one of ${needed}`
    : ''
}

const of = (whom: string) => (whom === '' ? '' : ` of ${whom}`)
const through = (whom: string) => (whom === '' ? '' : ` through ${whom}`)

function counted(record: AuditRecord): string {
  const { records } = fieldsOf(record)
  return records === 1 ? '1 record' : `${typeof records === 'number' ? records : '…'} records`
}

const seen = (record: AuditRecord) => (fieldsOf(record).records === 0 ? ', and found none' : '')
