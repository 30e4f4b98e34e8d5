import type { Command } from 'commander'
import { parseEntitlementArn } from '../../core/index.ts'
import { cliError, exit, type Register } from '../command.ts'
import { credentialsFor } from '../credentials/issue.ts'
import { narrowerOf, withNarrower } from '../credentials/narrower.ts'
import { matchRoles } from '../roles/role.ts'
import { noSuchRole, rolesFor } from '../roles/roles.ts'
import { seconds, settingsOf, withOptions } from '../settings.ts'
import { print } from '../terminal/terminal.ts'
import { bridgeFor, withWorkload } from '../workload/workload.ts'

export const credentialProcess: Register = (program) => {
  const command = program
    .command('credential-process')
    .description('what credential_process in ~/.aws/config runs; never asks anything')
    .option('--window <time>', 'fetch new ones this long before the end (default: 15m)', seconds)
    .action(async (options: { window?: number }, command: Command) => {
      const settings = settingsOf(command)
      const { role } = settings
      const narrower = narrowerOf(command)
      if (role === undefined)
        throw cliError(exit.badUsage, 'Name the role: rolebridge credential-process --role ARN')
      const bridge = bridgeFor(command, settings)
      const roleArn = parseEntitlementArn(role) ? role : await byName()
      const { window } = options
      const kept = await credentialsFor(bridge, {
        roleArn,
        ...narrower,
        ...(window !== undefined && { window }),
      })
      print(kept.output)

      /** Nobody can be asked here, so a name has to mean one role. */
      async function byName(): Promise<string> {
        const roles = await rolesFor(bridge, settings)
        const [only, ...others] = matchRoles(roles, settings)
        if (only === undefined) throw await noSuchRole(bridge, roles, settings)
        if (others.length > 0) throw cliError(exit.badUsage, `${role} means several roles; name its ARN.`)
        return only.roleArn
      }
    })
  withNarrower(command)
  withWorkload(command)
  withOptions(command, 'url', 'role', 'account', 'duration', 'json')
}
