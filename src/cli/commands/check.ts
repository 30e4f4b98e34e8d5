import type { Config } from '../../config.ts'
import { type Findings, findingsOf } from '../check/findings.ts'
import { count, report } from '../check/report.ts'
import { cliError, exit, type Register } from '../command.ts'
import { compareFiles } from '../simulate/against.ts'
import { print, printJson, say, spinner, wrapped } from '../terminal/terminal.ts'
import { version } from '../version.ts'

interface Options {
  readonly config: string
  readonly against?: string
  readonly identities?: string
  readonly live?: boolean
  readonly strict?: boolean
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
    .option('--live', 'also ask what it names: identity providers, AWS, the store, its own address')
    .option('--strict', 'fail on warnings too (exit code 5)')
    .option('--json', 'print faults, warnings and sentences as JSON')
    .action(async (options: Options) => {
      const { against } = options
      if (against !== undefined) return compareFiles({ ...options, against })
      const found = await findingsOf({
        ...{ file: options.config, env: process.env, clock: Date.now },
        ...(options.live && { live: lookAround }),
      })
      if (options.json) printJson(asJson(found, options), 0)
      if ('faults' in found) {
        if (!options.json) await sayFaults(found, options)
        throw cliError(exit.badUsage, options.json ? '' : `${count(found.faults.length, 'fault')}.`)
      }
      if (!options.json) print(report(options.config, found))
      fail(found, options)
    })
}

async function lookAround(config: Config) {
  const { lookAround } = await import('../../app.ts')
  const stop = spinner((left) => `Asking what the configuration names, ${left} s at most`, 15)
  return lookAround(config, { clock: Date.now, version }).finally(stop)
}

/** The shape that docs/guides/check.md describes; scripts rely on it. */
function asJson(found: Findings, { strict }: Options): object {
  if ('faults' in found) return { ok: false, faults: found.faults, warnings: [], sentences: [] }
  const { fingerprint, warnings, sentences, live } = found
  return {
    ok: !strict || warnings.length === 0,
    fingerprint,
    faults: [],
    warnings,
    sentences: Object.values(sentences).flat(),
    ...(live && { live: live.map((look) => ({ ...look, ok: look.problem === undefined })) }),
  }
}

async function sayFaults({ faults }: Extract<Findings, { faults: unknown }>, { config }: Options) {
  const { formatFault } = await import('../../config.ts')
  for (const fault of faults) say(wrapped(formatFault(config, fault)))
}

/** A sound file of which something cannot be used now is no success; the first of these says which code. */
function fail(
  { warnings, live = [] }: Exclude<Findings, { faults: unknown }>,
  { strict, json }: Options,
): void {
  const problems = live.flatMap(({ place, problem }) => (problem === undefined ? [] : [place]))
  if (problems.length > 0) {
    const ofProvider = problems.some((place) => place.startsWith('identityProviders.'))
    const what = `The configuration is sound, but ${count(problems.length, 'place')} of the ${live.length} that it names cannot be used now (✗ above).`
    throw cliError(ofProvider ? exit.identityProvider : exit.connectivity, json ? '' : what)
  }
  if (strict && warnings.length > 0)
    throw cliError(
      exit.badUsage,
      json ? '' : `${count(warnings.length, 'warning')}, and --strict lets none pass.`,
    )
}
