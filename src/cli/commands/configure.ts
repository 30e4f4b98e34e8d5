import type { Command } from 'commander'
import {
  awsFiles,
  diffLines,
  planProfiles,
  profileKinds,
  readText,
  replaceText,
} from '../aws-config/index.ts'
import { cliError, exit, type Register } from '../command.ts'
import { ownProgram } from '../credentials/own-program.ts'
import { matchRoles } from '../roles/role.ts'
import { fetchRoles } from '../roles/roles.ts'
import { bridgeOf, settingsOf, withOptions } from '../settings.ts'
import { print, printJson, say } from '../terminal/terminal.ts'

interface ConfigureOptions {
  readonly diff?: boolean
  readonly print?: boolean
  readonly prune?: boolean
  readonly native?: boolean
  readonly name: string
}

export const configure: Register = (program) => {
  const command = program
    .command('configure')
    .description('write a profile for every role into ~/.aws/config')
    .option('--native', 'write profiles by which stock AWS tools sign in themselves (aws sso login)')
    .option('--diff', 'show what would change, and write nothing')
    .option('--print', 'print the profiles, and write nothing')
    .option('--prune', 'drop profiles of roles that you no longer have')
    .option(
      '--name <template>',
      'how to call profiles: {account} {accountId} {role} {alias}',
      '{account}-{role}',
    )
    .action(runConfigure)
  withOptions(command, 'url', 'role', 'account', 'duration', 'json')
}

async function runConfigure(options: ConfigureOptions, command: Command): Promise<void> {
  const settings = settingsOf(command)
  const bridge = bridgeOf(settings)
  if (options.native && settings.duration !== undefined)
    throw cliError(exit.badUsage, 'Native profiles hold no duration: the bridge decides by its rules.')
  const roles = matchRoles(await fetchRoles(bridge), settings)
  const region = roles.find((role) => role.region !== undefined)?.region
  const paths = awsFiles(process.env)
  const config = readText(paths.config)
  const plan = planProfiles(config, readText(paths.credentials), roles, {
    url: bridge.url,
    program: ownProgram(process.env),
    nameTemplate: options.name,
    kind: options.native ? profileKinds.native : profileKinds.process,
    prune: options.prune === true,
    configPath: paths.config,
    credentialsPath: paths.credentials,
    ...(settings.duration !== undefined && { duration: settings.duration }),
    ...(region !== undefined && { region }),
  })
  const { written, stale, refused } = plan
  const look = options.print || options.diff
  if (options.print) print(plan.newBlock)
  else if (options.diff) print(diffLines(plan.oldBlock, plan.newBlock).join('\n'))
  else if (plan.text !== config) replaceText(paths.config, config, plan.text)
  if (settings.json && !look)
    printJson({ file: paths.config, written, stale, refused, pruned: options.prune === true })
  if (!look)
    say(
      `${paths.config} has ${written.length === 1 ? '1 profile' : `${written.length} profiles`} of ${bridge.url}.`,
    )
  if (stale.length > 0 && !options.prune)
    say(`No longer yours, and kept: ${stale.join(', ')} (--prune drops them).`)
  if (refused.length > 0)
    throw cliError(
      exit.badUsage,
      refused.map(({ name, why }) => `The profile ${name} was not written: ${why}.`).join('\n'),
    )
}
