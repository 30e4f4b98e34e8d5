import type { OwnSession } from '../../bridge.ts'
import { formatDuration } from '../../core/index.ts'

const kinds = { browser: 'Browser', cli: 'Command line', 'aws-sso': 'AWS CLI', workload: 'Workload' } as const

/** One of the person's sessions, for page and API. */
export function sessionView({ ref, session, current }: OwnSession) {
  const { kind, client, createdAt, expiresAt, only } = session
  return {
    ref,
    kind,
    current,
    ...(client.name !== undefined && { client: client.name }),
    ...(client.host !== undefined && { host: client.host }),
    ...(session.agent !== undefined && { agent: session.agent }),
    ...(only !== undefined && { role: only.role }),
    ...(only?.duration !== undefined && { duration: only.duration }),
    address: client.address,
    userAgent: client.userAgent,
    createdAt: new Date(createdAt).toISOString(),
    expiresAt: new Date(expiresAt).toISOString(),
  }
}

/** As `sessionView`, in words. */
export function sessionRow(own: OwnSession, now: number) {
  const view = sessionView(own)
  const minutes = (ms: number) => formatDuration(Math.max(60, Math.floor(ms / 60_000) * 60))
  const age = now - own.session.createdAt
  return {
    ...view,
    label: kinds[own.session.kind],
    name: view.client ?? browserName(own.session.client.userAgent),
    started: age < 60_000 ? 'just now' : `${minutes(age)} ago`,
    ends: `in ${minutes(own.session.expiresAt - now)}`,
  }
}

/** The browser by the words that browsers use for themselves; the order matters, each claims to be the next. */
function browserName(userAgent: string): string {
  const known = [
    ['Edg/', 'Edge'],
    ['Firefox/', 'Firefox'],
    ['Chrome/', 'Chrome'],
    ['Safari/', 'Safari'],
  ] as const
  return known.find(([mark]) => userAgent.includes(mark))?.[1] ?? 'Browser'
}
