import { cliError, exit } from '../command.ts'
import { peopleIn, type SituationFlags, situationOf, writtenIn } from './files.ts'

export interface OfflineFlags extends SituationFlags {
  readonly config: string
  readonly identity?: string
  readonly user?: string
}

/** The explanation that a configuration file would give somebody, without serving it; as the bridge's own answer is. */
export async function explainOffline(
  { config, identity, user, ...situation }: OfflineFlags,
  role: string | undefined,
): Promise<Record<string, unknown>> {
  if (identity === undefined)
    throw cliError(
      exit.badUsage,
      'Say for whom: --identity FILE, as `rolebridge whoami --attributes --json` prints it.',
    )
  const { explainFor } = await import('../../simulate/index.ts')
  const options = await writtenIn(config)
  const [who, ...others] = await peopleIn(identity, options, user)
  if (who === undefined || others.length > 0)
    throw cliError(exit.badUsage, `${identity} holds ${others.length + 1} people; choose one by --user NAME.`)
  return { ...explainFor(options, who, situationOf(situation), role) }
}
