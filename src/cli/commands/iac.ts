import { cliError, exit, type Register } from '../command.ts'
import { compareWithIam, type DriftFlags } from '../iac/drift.ts'
import { type GenerateFlags, generate } from '../iac/generate.ts'

const collect = (value: string, before: readonly string[] = []) => [...before, value]

type Flags = Partial<GenerateFlags & DriftFlags> & { readonly config: string }

export const iac: Register = (program) => {
  program
    .command('iac')
    .description('templates that make in IAM what the rules need, and what IAM holds instead')
    .option('-c, --config <file>', 'configuration file', 'rolebridge.yaml')
    .option('--format <format>', 'cloudformation (one per account), stackset (one for all) or terraform')
    .option('--account <id>', 'only this account; may be repeated', collect)
    .option('--identities <file>', 'people whose roles shall be there too, as JSON')
    .option('--roles <file>', 'roles that shall be there too where a rule leads to them: ARNs, one a line')
    .option('--metadata <file>', 'metadata of the SAML provider, instead of what the configuration names')
    .option('-o, --out <folder>', 'where to write; - prints, where it is one file')
    .option(
      '--drift <file...>',
      'what differs from these answers of aws iam; ends with 3 when something does',
    )
    .option('--json', 'with --drift: print what differs as JSON')
    .action(async ({ format, drift, ...options }: Flags) => {
      if ((format === undefined) === (drift === undefined))
        throw cliError(
          exit.badUsage,
          'Say what to write by --format cloudformation, stackset or terraform, or what to compare with by --drift FILE.',
        )
      if (drift !== undefined) return compareWithIam({ ...options, drift })
      await generate({ ...options, format: format ?? '' })
    })
}
