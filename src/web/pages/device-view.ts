import { type ClientInfo, type Entitlement, formatDuration } from '../../core/index.ts'
import type { Asked, DeviceRequest } from '../../oauth/index.ts'

interface Shown extends Asked {
  /** The client by its registration; `clientName` is what it calls itself. */
  readonly client: string
  readonly createdAt: number
}

/**
 * What a person sees before they let a program in. Nothing of it is proven but address, time, and what it could take:
 * `roles` are those that its session would be bound to, when it asked for one.
 */
export function requestView(asked: Shown, roles: readonly Entitlement[], browser: ClientInfo, now: number) {
  const { client, clientName, host, role, duration, address, createdAt, agent } = asked
  return {
    client: clientName ?? client,
    host,
    agent,
    only:
      role === undefined
        ? undefined
        : {
            role,
            duration: duration === undefined ? undefined : formatDuration(duration),
            roles: roles.map(({ roleName, account }) => ({
              name: roleName,
              account: account.name,
              id: account.id,
            })),
          },
    address,
    elsewhere: address === browser.address ? undefined : browser.address,
    asked: {
      at: new Date(createdAt).toISOString(),
      ago:
        now - createdAt < 60_000
          ? 'just now'
          : `${formatDuration(Math.floor((now - createdAt) / 60_000) * 60)} ago`,
    },
  }
}

/** As `requestView`, with the code to compare and the time that is left. */
export function deviceView(
  request: DeviceRequest,
  roles: readonly Entitlement[],
  browser: ClientInfo,
  now: number,
) {
  const remaining = Math.max(0, Math.floor((request.expiresAt - now) / 1000))
  return {
    ...requestView(request, roles, browser, now),
    userCode: request.userCode,
    expires: {
      at: new Date(request.expiresAt).toISOString(),
      remaining,
      in: formatDuration(Math.max(60, Math.ceil(remaining / 60) * 60)),
    },
  }
}
