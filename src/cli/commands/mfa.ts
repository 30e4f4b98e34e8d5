import { type Command, Option } from 'commander'
import { formatDuration, userSessions } from '../../core/index.ts'
import { type FormatName, formatNames, formats } from '../../formats/index.ts'
import { cliError, exit, type Register } from '../command.ts'
import { freshness } from '../credentials/kept-credentials.ts'
import { lockUnless } from '../credentials/lock.ts'
import { ensurePrivateFolder } from '../files/private-folder.ts'
import { codeSource } from '../mfa/code.ts'
import {
  type KeptSession,
  keepSession,
  readSession,
  type SessionKey,
  sessionFile,
} from '../mfa/kept-sessions.ts'
import { openSession } from '../mfa/session.ts'
import { readUserProfile, type UserProfile } from '../mfa/user-keys.ts'
import { settingsOf, withOptions } from '../settings.ts'
import { privateState } from '../sign-in/sign-ins.ts'
import { print, say } from '../terminal/terminal.ts'

interface Options {
  readonly profile?: string
  readonly serial?: string
  readonly code?: string
  readonly codeCommand?: string
  readonly credentialProcess?: boolean
  readonly format?: FormatName
  readonly fresh?: boolean
}

export const mfa: Register = (program) => {
  const command = program
    .command('mfa')
    .description(
      'a session of an IAM user with a second factor; the keys sign two calls to AWS and never leave this machine',
    )
    .option('--profile <name>', 'profile of ~/.aws with the long-term keys')
    .option('--serial <arn>', 'the MFA device (default: mfa_serial of the profile, else guessed)')
    .option('--code <digits>', 'the code that it shows')
    .option('--code-command <command>', 'a program that prints the code')
    .option('--credential-process', 'print what credential_process wants; never ask anything')
    .addOption(new Option('--format <format>', 'print the session like this').choices(formatNames))
    .option('--fresh', 'a new session, whatever is kept')
    .action(async (options: Options, command: Command) => {
      const { duration = 43_200, json } = settingsOf(command)
      const { least, most } = userSessions
      if (duration < least || duration > most)
        throw cliError(
          exit.badUsage,
          `AWS opens such a session for ${formatDuration(least)} to ${formatDuration(most)}.`,
        )
      const profile = readUserProfile(options.profile, process.env)
      const kept = await sessionFor(profile, options, duration)
      const format = options.credentialProcess ? 'credential-process' : json ? 'json' : options.format
      if (format !== undefined) return print(formats[format].render(credentialsOf(kept), { profile: 'mfa' }))
      const until = new Date(kept.credentials.expiresAt).toISOString().replace(/\.\d+/, '')
      say(`${kept.credentials.principalArn} has a session with ${kept.serial} until ${until}.`)
      say(forPrograms(profile))
    })
  withOptions(command, 'duration', 'json')
}

/** Keys in the environment beat every profile, so what is opened with them has to take their place. */
const forPrograms = ({ command, inEnvironment }: UserProfile) =>
  inEnvironment
    ? `In this shell: eval "$(${command} --format env)"`
    : `Programs get it by: credential_process = ${command} --credential-process`

const credentialsOf = ({ credentials }: KeptSession) => credentials

/** The kept session while it is good; else a new one, opened by one of all the processes that ask at once. */
async function sessionFor(profile: UserProfile, options: Options, duration: number): Promise<KeptSession> {
  const folder = privateState()
  const { accessKeyId } = profile.keys
  const key: SessionKey = { profile: profile.name, accessKeyId, endpoint: profile.endpoint ?? '' }
  const asked = options.serial ?? profile.serial
  if (asked !== undefined) checkSerial(asked)
  const good = () => {
    const kept = options.fresh ? undefined : readSession(folder, key, asked)
    // Nobody is asked for a code while what is kept still works; a program renews it in time.
    const state = kept && freshness(kept, Date.now())
    return state === 'fresh' || (state === 'ageing' && options.codeCommand === undefined) ? kept : undefined
  }
  const kept = good()
  if (kept !== undefined) return kept
  requireSource(profile, options)
  ensurePrivateFolder(`${folder}/mfa`)
  const turn = await lockUnless(`${sessionFile(folder, key)}.lock`, good, 120_000)
  if (turn === 'late')
    throw cliError(exit.signInNeeded, 'Another rolebridge waits for a code and does not end.')
  if ('settled' in turn) return turn.settled
  try {
    const found = good()
    if (found !== undefined) return found
    const codes = (device: string) => requireSource(profile, options, device)
    // What opened the last session will open this one, too.
    const device = asked ?? readSession(folder, key, undefined)?.serial
    const { credentials, serial } = await openSession({ profile, serial: device, duration, codes })
    const session: KeptSession = { key, serial, issuedAt: Date.now(), credentials }
    keepSession(folder, session)
    return session
  } finally {
    turn.release()
  }
}

/** Where the code comes from. With `--credential-process` nobody is asked, whoever sits there. */
function requireSource(profile: UserProfile, options: Options, device = '') {
  const { credentialProcess, code, codeCommand } = options
  const given = code !== undefined || codeCommand !== undefined
  const found = credentialProcess && !given ? undefined : codeSource(options, device)
  if (found !== undefined) return found
  const serial = options.serial === undefined ? '' : ` --serial ${options.serial}`
  throw cliError(
    exit.signInNeeded,
    `There is no session with a second factor for the profile ${profile.name}, or it has ended.\n` +
      `Open one with: ${profile.command}${serial}`,
  )
}

/** SerialNumber of GetSessionToken. */
function checkSerial(serial: string): void {
  if (/:u2f\//.test(serial))
    throw cliError(
      exit.badUsage,
      `${serial} is a security key or passkey, which AWS takes in the console alone. Register an authenticator beside it.`,
    )
  if (!/^[\w+=/:,.@-]{9,256}$/.test(serial))
    throw cliError(
      exit.badUsage,
      `${serial} is no MFA device; write it like arn:aws:iam::111122223333:mfa/alice.`,
    )
}
