import type { Request } from 'express'
import { agentName, parseDuration, Refusal, userSessions } from '../../core/index.ts'
import type { Asked } from '../../oauth/index.ts'
import { agentHeader, clientInfo, field } from '../request.ts'

/** What a program says of itself and its wish (`client_name`, `host_name`, `role`, `duration`, `scope`, `step_up`). */
export function askedOf(request: Request, source: unknown): Asked {
  const duration = field(source, 'duration', 16) || undefined
  const seconds = duration === undefined ? undefined : parseDuration(duration)
  if (
    duration !== undefined &&
    (seconds === undefined || seconds < userSessions.least || seconds > userSessions.most)
  ) {
    throw new Refusal('invalid_request', 'duration is none', { say: 'duration must be between 15m and 36h.' })
  }
  const said = {
    clientName: shown(field(source, 'client_name'), 64),
    host: shown(field(source, 'host_name'), 128),
    role: shown(field(source, 'role'), 640),
    scope: shown(field(source, 'scope'), 256),
    stepUp: shown(field(source, 'step_up'), 640),
    duration: seconds,
    agent: agentIn(source) ?? agentHeader(request).agent,
  }
  const known = Object.entries(said).filter(([, value]) => value !== undefined)
  return { ...clientInfo(request), ...Object.fromEntries(known) }
}

/** A program that names its agent, however badly, is one that an agent runs. */
function agentIn(source: unknown): string | undefined {
  const said = field(source, 'agent')
  return said === undefined ? undefined : agentName(said)
}

/** Text that can be put before a person: no controls, no marks that turn the direction of writing. */
function shown(text: string | undefined, longest: number): string | undefined {
  return (
    text
      ?.replace(/[\p{C}\p{Zl}\p{Zp}]/gu, '')
      .slice(0, longest)
      .trim() || undefined
  )
}
