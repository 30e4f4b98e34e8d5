import type { Config } from '../../config.ts'
import type { IssuerLook } from '../../oidc/index.ts'
import type { ProviderLook } from '../../saml/index.ts'
import { cliError, exit, type Register } from '../command.ts'
import { compareFiles } from '../simulate/against.ts'
import { print, printJson, say, wrapped } from '../terminal/terminal.ts'

interface CheckFlags {
  readonly config: string
  readonly against?: string
  readonly identities?: string
  readonly live?: boolean
  readonly json?: boolean
}

export const check: Register = (program) => {
  program
    .command('check')
    .description('check a configuration and say what it grants')
    .option('-c, --config <file>', 'configuration file', 'rolebridge.yaml')
    .option(
      '--against <file>',
      'compare with an older one: who gains and loses what; ends with 3 when something is wider',
    )
    .option('--identities <file>', 'with --against: people to try both with, as JSON')
    .option('--live', 'also load the metadata of every identity provider, as the server would')
    .option('--json', 'print faults, warnings and sentences as JSON')
    .action(async (options: CheckFlags) => {
      const { against } = options
      if (against !== undefined) return compareFiles({ ...options, against })
      const { describeConfig, loadConfig, formatFault, shortName } = await import('../../config.ts')
      const result = attempt(() => loadConfig(options.config, process.env, { now: Date.now() }))
      if ('faults' in result) {
        const { faults } = result
        if (options.json) printJson({ ok: false, faults }, 0)
        else for (const fault of faults) say(wrapped(formatFault(options.config, fault)))
        throw cliError(exit.badUsage, options.json ? '' : `${count(faults.length, 'fault')}.`)
      }
      const fingerprint = shortName(result.value)
      const { sentences, warnings } = describeConfig(result.value, Date.now())
      const live = options.live ? await look(result.value) : undefined
      const problems = (live ?? []).flatMap(({ provider, problem }) =>
        problem ? [`${provider} ${problem}`] : [],
      )
      if (options.json) {
        printJson({ ok: true, fingerprint, sentences, warnings, ...(live && { live }) }, 0)
        if (problems.length > 0) throw cliError(exit.identityProvider, '')
        return
      }
      print(`${options.config} is sound. It says:\n${listed(sentences)}`)
      if (warnings.length > 0) print(`\nWorth a second look:\n${listed(warnings)}`)
      print(`\nIts fingerprint is ${fingerprint}.`)
      if (live) print(`\nIdentity providers now:\n${listed(live.map(sayLook))}`)
      if (problems.length > 0) {
        const lead = 'The configuration is sound, but not everybody could sign in now:'
        throw cliError(exit.identityProvider, [lead, ...problems].join('\n'))
      }
    })
}

const listed = (lines: readonly string[]) =>
  lines.map((one) => wrapped(`  ${one}`, process.stdout)).join('\n')

async function look({ providers, keys, proxy }: Config): Promise<readonly (ProviderLook | IssuerLook)[]> {
  const { lookAtProvider } = await import('../../saml/index.ts')
  const { lookAtIssuer } = await import('../../oidc/index.ts')
  const { createOutgoing } = await import('../../outgoing/index.ts')
  const { fetch, close } = await createOutgoing(proxy)
  const around = { fetch, now: Date.now(), haveKey: keys.saml !== undefined, openId: providers.openId }
  return Promise.all([
    ...Object.entries(providers.saml).map(([name, configured]) => lookAtProvider(name, configured, around)),
    ...Object.entries(providers.openId).map(([name, configured]) => lookAtIssuer(name, configured, around)),
  ]).finally(close)
}

function sayLook(look: ProviderLook | IssuerLook): string {
  if ('issuer' in look)
    return `${look.provider}: ${look.issuer}, ${count(look.keys ?? 0, 'signing key')} (${look.source})`
  const { provider, source, entityId, certificates = [] } = look as ProviderLook
  if (entityId === undefined) return `${provider}: no usable metadata`
  const last = Math.max(...certificates.map(({ notAfter }) => notAfter))
  const until = Number.isFinite(last) ? `, until ${new Date(last).toISOString().slice(0, 10)}` : ''
  return `${provider}: ${entityId}, ${count(certificates.length, 'signing certificate')}${until} (${source})`
}

interface Fault {
  readonly line: number
  readonly column: number
  readonly path: string
  readonly message: string
}

function attempt<T>(load: () => T): { readonly value: T } | { readonly faults: readonly Fault[] } {
  try {
    return { value: load() }
  } catch (error) {
    const { faults } = error as { faults?: readonly Fault[] }
    if (faults === undefined) throw error
    return { faults }
  }
}

function count(number: number, noun: string): string {
  return number === 1 ? `1 ${noun}` : `${number} ${noun}s`
}
