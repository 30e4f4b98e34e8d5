import { cliError, exit } from '../command.ts'
import { viaSso } from './native.ts'
import type { ProfileKind } from './profile-kind.ts'

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
export const profileKinds = { process: viaProcess, native: viaSso } satisfies Record<string, ProfileKind>
