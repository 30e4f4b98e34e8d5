import { cliError, exit, type Register } from '../command.ts'
import { type GenerateFlags, generate } from '../iac/generate.ts'

const collect = (value: string, before: readonly string[] = []) => [...before, value]

export const iac: Register = (program) => {
  program
    .command('iac')
    .description('templates that make in IAM what the rules need')
    .option('-c, --config <file>', 'configuration file', 'rolebridge.yaml')
    .option('--format <format>', 'cloudformation (one per account), stackset (one for all) or terraform')
    .option('--account <id>', 'only this account; may be repeated', collect)
    .option('--identities <file>', 'people whose roles shall be there too, as JSON')
    .option('--roles <file>', 'roles that shall be there too where a rule leads to them: ARNs, one a line')
    .option('--metadata <file>', 'metadata of the SAML provider, instead of what the configuration names')
    .option('-o, --out <folder>', 'where to write; - prints, where it is one file')
    .action(async (options: Partial<GenerateFlags> & { readonly config: string }) => {
      const { format } = options
      if (format === undefined)
        throw cliError(exit.badUsage, 'Say what to write: --format cloudformation, stackset or terraform.')
      await generate({ ...options, format })
    })
}
