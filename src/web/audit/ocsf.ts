import type { AuditRecord } from '../../bridge.ts'
import type { RecordFormat } from './format.ts'
import { classOf, type OcsfClass } from './ocsf-classes.ts'
import { fieldsOf, isBreakGlass, isFailure, textOf } from './record.ts'

/** The version of the Open Cybersecurity Schema Framework that these events are written in. */
const ocsfVersion = '1.5.0'

/** Events of the Open Cybersecurity Schema Framework, one JSON object a line. */
export const ocsf: RecordFormat = {
  contentType: 'application/x-ndjson; charset=utf-8',
  extension: 'ocsf.ndjson',
  head: '',
  line: (record) => `${JSON.stringify(toOcsf(record))}\n`,
}

const product = { name: 'Rolebridge', vendor_name: 'Rolebridge' }

function toOcsf(record: AuditRecord): object {
  const mapped = classOf(record)
  const { uid, category, activity, severity = 1 } = mapped
  const failed = isFailure(record)
  const code = textOf(record, 'code') ?? reasonCodeOf(record, mapped)
  const detail = textOf(record, 'detail') ?? textOf(record, 'message')
  return {
    ...{ category_uid: category, class_uid: uid, activity_id: activity, type_uid: uid * 100 + activity },
    ...(mapped.activityName !== undefined && { activity_name: mapped.activityName }),
    severity_id: severityOf(severity, failed, isBreakGlass(record)),
    time: Date.parse(record.at),
    message: record.type.replaceAll('_', ' '),
    // The status of a finding is where its handling stands, and that nobody here knows.
    ...(mapped.kind !== 'finding' && { status_id: failed ? 2 : 1 }),
    ...(code !== undefined && { status_code: code }),
    ...(detail !== undefined && { status_detail: detail }),
    metadata: metadataOf(record),
    ...bodies[mapped.kind](record),
    // Nothing of a record is lost, whether the framework has a place for it or not.
    unmapped: Object.fromEntries(Object.entries(fieldsOf(record)).filter(([name]) => !placed.has(name))),
  }
}

/** High where nobody had to allow what was opened: somebody is to look at it. */
function severityOf(usual: number, failed: boolean, breakGlass: boolean): number {
  if (breakGlass) return Math.max(usual, 4)
  return failed ? Math.max(usual, 2) : usual
}

/** Why a session or the server ended is a code; why somebody asked for a role or was locked is what a person wrote. */
function reasonCodeOf(record: AuditRecord, { kind }: OcsfClass): string | undefined {
  return kind === 'authentication' || kind === 'lifecycle' ? textOf(record, 'reason') : undefined
}

/** Fields that stand elsewhere in every class. */
const placed = new Set(['id', 'at', 'type', 'seq', 'requestId', 'code', 'detail'])

function metadataOf(record: AuditRecord) {
  const { id, at, type } = record
  const { requestId, seq } = fieldsOf(record)
  return {
    ...{ version: ocsfVersion, product, uid: id, event_code: type, log_name: 'audit', original_time: at },
    ...(requestId !== undefined && { correlation_uid: requestId }),
    ...(typeof seq === 'number' && { sequence: seq }),
  }
}

const protocols: Readonly<Record<string, number>> = { saml: 5, openid: 4, workload: 6 }

/** The objects that each class wants. */
const bodies: Readonly<Record<OcsfClass['kind'], (record: AuditRecord) => object>> = {
  authentication: (record) => ({
    ...whoAndWhere(record),
    service: { name: 'Rolebridge' },
    auth_protocol_id: protocols[textOf(record, 'protocol') ?? ''] ?? 0,
    is_remote: true,
    ...(typeof fieldsOf(record).mfa === 'boolean' && { is_mfa: fieldsOf(record).mfa }),
  }),
  accountChange: (record) => ({
    ...whoAndWhere(record),
    user: { name: textOf(record, 'person') ?? textOf(record, 'user') ?? unknown, type_id: 1 },
    actor: { user: userOf(record) },
  }),
  accessManagement: (record) => ({
    ...whoAndWhere(record),
    user: personOf(record),
    // By time nobody acted.
    ...(textOf(record, 'user') !== undefined && { actor: { user: userOf(record) } }),
    privileges: [textOf(record, 'roleArn') ?? unknown],
  }),
  authorizeSession: (record) => ({
    ...whoAndWhere(record),
    privileges: [textOf(record, 'roleArn') ?? 'any role of the person'],
  }),
  apiActivity: (record) => ({
    actor: { user: userOf(record), ...sessionIn(record) },
    api: {
      operation: record.type,
      service: { name: 'Rolebridge' },
      ...(textOf(record, 'requestId') !== undefined && { request: { uid: textOf(record, 'requestId') } }),
    },
    src_endpoint: endpointOf(record) ?? { svc_name: 'Rolebridge' },
    ...agentOf(record),
  }),
  lifecycle: () => ({ app: product }),
  finding: (record) => ({
    finding_info: { uid: record.id, title: record.type.replaceAll('_', ' '), types: [record.type] },
    ...(endpointOf(record) && { evidences: [{ src_endpoint: endpointOf(record) }] }),
  }),
}

function whoAndWhere(record: AuditRecord) {
  const endpoint = endpointOf(record)
  return {
    user: userOf(record),
    ...sessionIn(record),
    ...(endpoint && { src_endpoint: endpoint }),
    ...agentOf(record),
  }
}

const unknown = 'unknown'

function userOf(record: AuditRecord) {
  const [nameId, idp] = [textOf(record, 'nameId'), textOf(record, 'idp')]
  const account = textOf(record, 'accountId')
  return {
    name: textOf(record, 'user') ?? unknown,
    type_id: textOf(record, 'protocol') === 'workload' ? 4 : textOf(record, 'user') === undefined ? 0 : 1,
    ...(nameId !== undefined && { uid: nameId }),
    ...(idp !== undefined && { domain: idp }),
    ...(account !== undefined && { account: { uid: account, type_id: 10 } }),
    ...(textOf(record, 'accessKeyId') !== undefined && { credential_uid: textOf(record, 'accessKeyId') }),
  }
}

/** Whose access it is, whoever acted on it. */
function personOf(record: AuditRecord) {
  const idp = textOf(record, 'personIdp')
  const account = textOf(record, 'accountId')
  return {
    name: textOf(record, 'person') ?? unknown,
    type_id: 1,
    ...(idp !== undefined && { domain: idp }),
    ...(account !== undefined && { account: { uid: account, type_id: 10 } }),
  }
}

function sessionIn(record: AuditRecord) {
  const [uid, issuer, expires] = ['sessionId', 'issuer', 'expiresAt'].map((name) => textOf(record, name))
  return uid === undefined
    ? {}
    : {
        session: {
          uid,
          ...(issuer !== undefined && { issuer }),
          ...(expires !== undefined && { expiration_time: Date.parse(expires) }),
        },
      }
}

function endpointOf(record: AuditRecord) {
  const ip = textOf(record, 'sourceIp')
  return ip === undefined ? undefined : { ip }
}

function agentOf(record: AuditRecord) {
  const agent = textOf(record, 'userAgent')
  return agent === undefined ? {} : { http_request: { user_agent: agent } }
}
