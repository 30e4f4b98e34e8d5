import { type Command, InvalidArgumentError, Option } from 'commander'
import { parseDuration } from '../core/index.ts'
import { cliError, exit } from './command.ts'
import type { Bridge } from './sign-in/access.ts'
import { privateState, remembered } from './sign-in/sign-ins.ts'

/** Options that many commands take, before the command's name or after it. */
export interface Settings {
  readonly url?: string
  readonly role?: string
  readonly account?: string
  /** Seconds. */
  readonly duration?: number
  readonly json?: boolean
  /** False after `--no-browser`. */
  readonly browser: boolean
}

const options = {
  url: () =>
    new Option('--url <url>', 'address of the bridge (default: where you signed in last)').env(
      'ROLEBRIDGE_URL',
    ),
  role: () =>
    new Option('--role <role>', 'ARN, name, alias or account/name of the role').env('ROLEBRIDGE_ROLE'),
  account: () => new Option('--account <account>', 'name or number of the account').env('ROLEBRIDGE_ACCOUNT'),
  duration: () =>
    new Option('--duration <time>', 'how long, for example 45m or 8h')
      .env('ROLEBRIDGE_DURATION')
      .argParser(howLong),
  json: () => new Option('--json', 'print JSON'),
  browser: () => new Option('--no-browser', 'print addresses instead of opening them'),
} as const

type OptionName = keyof typeof options

/** Adds shared options to a command, or all of them. */
export function withOptions(command: Command, ...names: readonly OptionName[]): Command {
  const wanted = names.length > 0 ? names : (Object.keys(options) as OptionName[])
  for (const name of wanted) command.addOption(options[name]())
  return command
}

/** The shared options of a command, given there or before its name; what was typed beats the environment. */
export function settingsOf(command: Command): Settings {
  const [typed, other]: [Record<string, unknown>, Record<string, unknown>] = [{}, {}]
  for (let at: Command | null = command; at !== null; at = at.parent) {
    for (const [name, value] of Object.entries(at.opts())) {
      const into = at.getOptionValueSource(name) === 'cli' ? typed : other
      into[name] ??= value
    }
  }
  return { ...other, ...typed, browser: typed.browser !== false }
}

/** The options that were typed, not those that the environment gives to every command. */
export function typedOf(command: Command): Partial<Settings> {
  const typed: Record<string, unknown> = {}
  for (let at: Command | null = command; at !== null; at = at.parent) {
    for (const [name, value] of Object.entries(at.opts()))
      if (at.getOptionValueSource(name) === 'cli') typed[name] ??= value
  }
  return typed
}

/** The bridge that a command talks to. Throws when none is named and none is remembered. */
export function bridgeOf(settings: Settings): Bridge {
  const folder = privateState()
  const url = settings.url ?? remembered(folder).current
  if (url === undefined)
    throw cliError(
      exit.badUsage,
      'Which bridge? Name it with --url or ROLEBRIDGE_URL, once, when you sign in.',
    )
  return { url: checkUrl(url), folder }
}

/** An origin without a slash at its end. Plain http only to this machine: tokens travel there. */
export function checkUrl(text: string): string {
  let url: URL
  try {
    url = new URL(text)
  } catch {
    throw cliError(exit.badUsage, `${text} is no address; write it like https://aws.corp.example.`)
  }
  const local = ['localhost', '127.0.0.1', '[::1]'].includes(url.hostname)
  if (url.protocol !== 'https:' && !(url.protocol === 'http:' && local))
    throw cliError(exit.badUsage, `${text} is not https, and tokens would travel in the open.`)
  if (url.username !== '' || url.pathname !== '/' || url.search !== '' || url.hash !== '')
    throw cliError(exit.badUsage, `Write the address without a path or a password: ${url.origin}`)
  return url.origin
}

/** Reads how long something is wanted for: `0s` must not become the role's own time, as if nothing had been said. */
export function howLong(text: string): number {
  const parsed = seconds(text)
  if (parsed === 0) throw new InvalidArgumentError('that is no time at all.')
  return parsed
}

/** Reads a time on the command line into seconds. */
export function seconds(text: string): number {
  const parsed = parseDuration(text)
  if (parsed === undefined) throw new InvalidArgumentError('write it like 45m, 8h or 3600 (seconds).')
  return parsed
}
