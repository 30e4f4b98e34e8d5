import type { Command } from 'commander'
import type { Register } from '../command.ts'
import { bridgeOf, settingsOf, withOptions } from '../settings.ts'
import { revokeTokens } from '../sign-in/access.ts'
import { signInAt } from '../sign-in/remembered.ts'
import { forgetSignIn, privateState, readTokens, remembered } from '../sign-in/sign-ins.ts'
import { printJson, say } from '../terminal/terminal.ts'

export const logout: Register = (program) => {
  const command = program
    .command('logout')
    .description('end the sign-in, at the bridge too, and forget every credential')
    .option('--all', 'at every bridge')
    .action(async (options: { all?: boolean }, command: Command) => {
      const settings = settingsOf(command)
      const folder = privateState()
      const urls = options.all ? Object.keys(remembered(folder).signIns) : [bridgeOf(settings).url]
      const ended: string[] = []
      for (const url of urls) if (await end(folder, url)) ended.push(url)
      if (settings.json) return printJson({ signedOut: ended })
      say(ended.length === 0 ? 'You were not signed in.' : `Signed out of ${ended.join(', ')}.`)
      say('Credentials that programs hold already stay good until they expire.')
    })
  withOptions(command, 'url', 'json')
}

/** Forgets here whatever happens there. */
async function end(folder: string, url: string): Promise<boolean> {
  const signIn = signInAt(remembered(folder), url)
  if (signIn === undefined) return false
  try {
    const tokens = readTokens(folder, url, signIn)
    if (tokens !== undefined) await revokeTokens(url, tokens)
  } catch (error) {
    say(`${(error as Error).message} The sign-in is forgotten here; there it ends by itself.`)
  } finally {
    forgetSignIn(folder, url)
  }
  return true
}
