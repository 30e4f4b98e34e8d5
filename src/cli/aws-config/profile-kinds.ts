import { cliError, exit } from '../command.ts'
import type { Role } from '../role.ts'
import type { OwnSection } from './block.ts'

/** What a profile is made from. */
export interface ProfileSource {
  readonly url: string
  /** The words that start this program, for `credential_process`. */
  readonly program: readonly string[]
  /** Seconds. */
  readonly duration?: number
}

/** One way in which a profile leads to credentials. */
export interface ProfileKind {
  readonly say: string
  /** The settings of the profile of one role. */
  profile(role: Role, source: ProfileSource): readonly string[]
  /** Sections that all profiles of a bridge share. */
  shared(source: ProfileSource): readonly OwnSection[]
}

/** SDKs run this line by a shell (JavaScript) or split it as one would (Python): so no word needs quotes. */
function word(text: string): string {
  if (/^[\w+=,.@:/-]+$/.test(text)) return text
  if (/^[\w+=,.@:/ ()\\-]+$/.test(text)) return `"${text}"`
  throw cliError(exit.badUsage, `${text} holds a character that a shell would interpret; it is not written.`)
}

const viaProcess: ProfileKind = {
  say: 'credential_process',
  profile: ({ roleArn }, { url, program, duration }) => {
    const limit = duration === undefined ? [] : ['--duration', String(duration)]
    const line = [...program, 'credential-process', '--url', url, '--role', roleArn, ...limit]
    return [`credential_process = ${line.map(word).join(' ')}`]
  },
  shared: () => [],
}

/** In the order of the help. */
export const profileKinds = { process: viaProcess } satisfies Record<string, ProfileKind>
