import { existsSync, readFileSync } from 'node:fs'
import { type Command, InvalidArgumentError, Option } from 'commander'
import { isPurpose, longestPurpose, sessionPolicyFaults } from '../../core/index.ts'
import { cliError, exit } from '../command.ts'
import { howLong, settingsOf, typedOf } from '../settings.ts'

/** Less than the role: what one task needs of it. */
export interface Narrower {
  readonly readOnly?: true
  readonly purpose?: string
  /** A session policy. */
  readonly policy?: Readonly<Record<string, unknown>>
}

interface NarrowerOptions {
  readonly readOnly?: boolean
  readonly purpose?: string
  readonly policy?: string
  /** Seconds. */
  readonly for?: number
}

/** Adds the options that narrow what a command takes. */
export function withNarrower(command: Command): Command {
  return command
    .option('--read-only', 'nothing beyond AWS’s ReadOnlyAccess')
    .option('--policy <file>', 'a session policy (JSON) that narrows the role')
    .addOption(
      new Option('--purpose <text>', 'what for, in one line; the audit trail keeps it').argParser(purpose),
    )
    .addOption(
      new Option('--for <time>', 'how long; unlike a role’s own time also less than 15m').argParser(howLong),
    )
}

/** The time and the narrowing that a command was asked for. Throws for a file that is no session policy. */
export function narrowerOf(command: Command): { readonly duration?: number; readonly narrower: Narrower } {
  const options = command.opts<NarrowerOptions>()
  if (options.for !== undefined && typedOf(command).duration !== undefined)
    throw cliError(exit.badUsage, 'Say either --for or --duration: both mean how long.')
  const duration = options.for ?? settingsOf(command).duration
  const { purpose, policy, readOnly } = options
  return {
    ...(duration !== undefined && { duration }),
    narrower: {
      ...(readOnly && { readOnly }),
      ...(purpose !== undefined && { purpose }),
      ...(policy !== undefined && { policy: readPolicy(policy) }),
    },
  }
}

function purpose(text: string): string {
  if (isPurpose(text)) return text.trim()
  throw new InvalidArgumentError(`it is one line of at most ${longestPurpose} characters.`)
}

/** Bytes: more than AWS takes of any policy, so that a wrong file is no long wait. */
const longest = 64 * 1024

function readPolicy(file: string): Readonly<Record<string, unknown>> {
  if (!existsSync(file)) throw cliError(exit.badUsage, `There is no file ${file}.`)
  const bytes = readFileSync(file)
  const wrong = (why: string) => cliError(exit.badUsage, `${file} is no session policy: ${why}.`)
  if (bytes.length > longest) throw wrong(`it has more than ${longest} bytes`)
  let document: Readonly<Record<string, unknown>>
  try {
    document = JSON.parse(bytes.toString('utf8'))
  } catch (error) {
    throw wrong(`it is no JSON (${(error as Error).message})`)
  }
  const [fault] = sessionPolicyFaults(document)
  if (fault !== undefined) throw wrong(`it ${fault.message}`)
  return document
}
