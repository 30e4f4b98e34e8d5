import { parseEntitlementArn } from '../../core/index.ts'
import { plain } from '../terminal/plain-text.ts'
import type { Role } from './role.ts'

/** One role of the list; undefined for what is none. Whatever is shown or written later is plain text. */
export function readRole(value: unknown): Role | undefined {
  const raw = record(value)
  const account = record(raw.account)
  const arn = parseEntitlementArn(String(raw.roleArn))
  if (arn === undefined) return undefined
  const [region, alias] = [text(account.region), text(raw.alias)]
  return {
    roleArn: String(raw.roleArn),
    roleName: arn.name,
    accountId: arn.account,
    accountName: text(account.name) ?? arn.account,
    ...(region !== undefined && { region }),
    ...(account.tags !== undefined && { tags: readTags(account.tags) }),
    ...(alias !== undefined && { alias }),
    ...(typeof raw.duration === 'number' && { duration: raw.duration }),
    ...(typeof raw.maxDuration === 'number' && { maxDuration: raw.maxDuration }),
    ...readWindow(record(raw.window)),
    ...(Array.isArray(raw.through) && { through: raw.through.flatMap((one: unknown) => text(one) ?? []) }),
  }
}

function readWindow({ ends, rule }: Readonly<Record<string, unknown>>): Pick<Role, 'window'> {
  const at = Date.parse(String(ends))
  return Number.isFinite(at) ? { window: { ends: new Date(at).toISOString(), rule: text(rule) ?? '' } } : {}
}

/** The fields of an answer; none of what is no object. */
export function record(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {}
}

/** Text of an answer that can be shown; undefined for what is none. */
export function text(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? plain(value) : undefined
}

function readTags(value: unknown): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(record(value)).map(([key, one]) => [plain(key), text(one) ?? '']))
}
