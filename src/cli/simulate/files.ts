import { readFileSync } from 'node:fs'
import type { Options } from '../../config.ts'
import type { Situation, Someone } from '../../simulate/index.ts'
import { cliError, exit } from '../command.ts'

/** What a configuration file says, or all its faults. */
export async function writtenIn(file: string): Promise<Options> {
  const { loadWritten } = await import('../../config.ts')
  try {
    return loadWritten(file, process.env)
  } catch (error) {
    throw cliError(exit.badUsage, (error as Error).message)
  }
}

/** The people of a file; with `user` those of that name. */
export async function peopleIn(file: string, config: Options, user?: string): Promise<readonly Someone[]> {
  const { readPeople } = await import('../../simulate/index.ts')
  const all = attempt(file, () =>
    readPeople(
      readFileSync(file === '-' ? 0 : file, 'utf8'),
      Object.keys(config.identityProviders),
      Date.now(),
    ),
  )
  const found = user === undefined ? all : all.filter(({ identity }) => identity.user === user)
  if (found.length > 0) return found
  throw cliError(
    exit.badUsage,
    user === undefined ? `${file} holds no person` : `${file} has no person ${user}`,
  )
}

function attempt<T>(file: string, read: () => T): T {
  try {
    return read()
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    throw cliError(
      exit.badUsage,
      code === undefined ? `${file}: ${message}` : `${file} cannot be read (${code})`,
    )
  }
}

/** The flags that say when, from where and by which door a configuration is tried. */
export interface SituationFlags {
  readonly at?: string
  readonly from?: string
  readonly channel?: string
  readonly purpose?: string
}

/** Reads those flags; without them it is now, from an address on no list, by the portal. */
export function situationOf({
  at,
  from = '198.51.100.1',
  channel = 'portal',
  purpose,
}: SituationFlags): Situation {
  const now = at === undefined ? Date.now() : Date.parse(at)
  if (Number.isNaN(now)) throw cliError(exit.badUsage, `--at ${at} is no time such as 2026-01-31T08:00:00Z`)
  const doors = ['portal', 'tile', 'cli', 'api', 'aws-sso', 'console', 'workload'] as const
  const door = doors.find((name) => name === channel)
  if (door === undefined) throw cliError(exit.badUsage, `--channel ${channel} is none of ${doors.join(', ')}`)
  return { now, sourceIp: from, channel: door, reason: purpose }
}
