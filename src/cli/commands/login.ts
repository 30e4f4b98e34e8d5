import type { Command } from 'commander'
import { formatDuration } from '../../core/index.ts'
import type { Register } from '../command.ts'
import { agentIn } from '../credentials/agent.ts'
import { bridgeOf, settingsOf, typedOf, withOptions } from '../settings.ts'
import { type Bridge, callApi, requireSignIn } from '../sign-in/access.ts'
import type { SignIn } from '../sign-in/remembered.ts'
import { readTokens } from '../sign-in/sign-ins.ts'
import { printJson, say, styled } from '../terminal/terminal.ts'

export const login: Register = (program) => {
  const command = program
    .command('login')
    .description('sign in at the bridge with a browser')
    .option('--pkce', 'let the browser come back to this machine instead of comparing a code')
    .option('--qr', 'draw the address for a phone')
    .option('--force', 'sign in even when you still are')
    .option('--step-up <role>', 'sign in with what this role wants: a second factor, a younger sign-in')
    .action(runLogin)
  withOptions(command, 'url', 'role', 'duration', 'json', 'browser')
}

interface LoginOptions {
  readonly pkce?: boolean
  readonly qr?: boolean
  readonly force?: boolean
  readonly stepUp?: string
}

async function runLogin(options: LoginOptions, command: Command): Promise<void> {
  const settings = settingsOf(command)
  const bridge = bridgeOf(settings)
  // A session is bound to a role that was typed here; one that stands in the environment is for other commands.
  const { role, duration } = typedOf(command)
  const { stepUp } = options
  const again = options.force === true || stepUp !== undefined
  const still = again ? undefined : await stillSignedIn(bridge, role, duration)
  if (still) return report(bridge, still, 'You are still signed in', settings.json)
  const { signIn } = await import('../sign-in/sign-in.ts')
  const { browser } = settings
  const done = await signIn(bridge, {
    pkce: options.pkce === true,
    qr: options.qr === true,
    browser,
    ...(role !== undefined && { role }),
    ...(duration !== undefined && { duration }),
    ...(stepUp !== undefined && { stepUp }),
  })
  report(bridge, done, 'Signed in', settings.json)
}

/** The live sign-in, when the bridge agrees that it is one, and that it is good for what is wanted. */
async function stillSignedIn(
  bridge: Bridge,
  role: string | undefined,
  duration: number | undefined,
): Promise<SignIn | undefined> {
  try {
    const signIn = requireSignIn(bridge)
    // It is one, but hands out nothing new: whoever says `login` now was sent here for that.
    if (signIn.tooOld) return undefined
    if (readTokens(bridge.folder, bridge.url, signIn) === undefined) return undefined
    const { session } = (await callApi(bridge, '/api/v1/me')) as {
      session?: { role?: unknown; duration?: unknown; agent?: unknown }
    }
    // Approved for an agent it stays an agent's: a person who signs in gets a session of their own.
    if (session?.agent !== undefined && agentIn(process.env) === undefined) return undefined
    if (session?.role === undefined) return signIn
    // Bound to a role it is good for that role and that time: who asks for less would keep more than they think.
    return session.role === role && session.duration === duration ? signIn : undefined
  } catch (error) {
    if ((error as { exitCode?: number }).exitCode === 1) return undefined
    throw error
  }
}

function report({ url }: Bridge, { user, expiresAt }: SignIn, words: string, json?: boolean): void {
  const left = expiresAt === undefined ? undefined : (expiresAt - Date.now()) / 1000
  if (json) printJson({ url, user, ...(expiresAt && { expiresAt: new Date(expiresAt).toISOString() }) })
  const time = left === undefined ? '' : `, for ${formatDuration(left)}`
  say(styled('green', `${words} to ${url} as ${user}${time}.`))
}
