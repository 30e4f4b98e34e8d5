import type { Command } from 'commander'
import { cliError, exit, type Register } from '../command.ts'
import { narrowerOf, withNarrower } from '../credentials/narrower.ts'
import { resolveRole } from '../roles/roles.ts'
import { bridgeOf, settingsOf, withOptions } from '../settings.ts'
import { callApi } from '../sign-in/access.ts'
import { openInBrowser } from '../sign-in/open-in-browser.ts'
import { print, printJson, say } from '../terminal/terminal.ts'

export const console: Register = (program) => {
  const command = program
    .command('console')
    .description('open the AWS console as a role')
    .option('--destination <place>', 'page of the console, as an address or a path')
    .action(async (options: { destination?: string }, command: Command) => {
      const settings = settingsOf(command)
      const { duration, narrower } = narrowerOf(command)
      const bridge = bridgeOf(settings)
      const role = await resolveRole(bridge, settings, narrower)
      const { destination } = options
      const json = {
        role,
        ...(destination !== undefined && { destination }),
        ...(duration !== undefined && { duration }),
        ...narrower,
      }
      const { url } = await callApi(bridge, '/api/v1/console', { json })
      if (typeof url !== 'string' || !/^https?:\/\/[\x21-\x7e]+$/.test(url))
        throw cliError(exit.unknown, 'The bridge answered without a link.')
      if (settings.json) return printJson({ url })
      if (settings.browser && openInBrowser(url)) return say('The console opens in your browser.')
      print(url)
      if (process.stdout.isTTY)
        say('The link signs in whoever opens it, within 15 minutes. Keep it to yourself.')
    })
  withNarrower(command)
  withOptions(command, 'url', 'role', 'account', 'duration', 'json', 'browser')
}
