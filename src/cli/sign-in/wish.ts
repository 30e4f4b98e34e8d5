import { hostname, userInfo } from 'node:os'
import { agentIn } from '../credentials/agent.ts'
import { version } from '../version.ts'

/** What the person at the browser shall see before they let this program in, and which role it is about. */
export interface SignInWish {
  readonly role?: string
  /** Seconds. */
  readonly duration?: number
  /** The role that the person's sign-in must open. */
  readonly stepUp?: string
}

/** Parameters that say who asks (shown by the bridge, never trusted) and for what. */
export function introduction({ role, duration, stepUp }: SignInWish): Record<string, string | undefined> {
  return {
    client_name: `rolebridge ${version}`,
    host_name: hostName(),
    agent: agentIn(process.env),
    role,
    step_up: stepUp,
    duration: duration === undefined ? undefined : String(duration),
  }
}

function hostName(): string {
  try {
    return `${userInfo().username}@${hostname()}`
  } catch {
    return hostname()
  }
}
