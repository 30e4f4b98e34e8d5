import { cliError, exit } from '../command.ts'
import { cut } from './block.ts'
import { awsFiles, ensureReplaceable, readText } from './files.ts'
import { sectionsOf } from './ini.ts'
import { isProfile, nameIn, readSections } from './read-sections.ts'

/**
 * What keeps the profiles of this bridge by `credential_process` from being used, or `configure` from writing them.
 * Returns the good news; throws with the first thing to put right. Profiles of other programs are not ours to judge.
 */
export function checkProcess(url: string, env: NodeJS.ProcessEnv): string {
  const { config, credentials } = awsFiles(env)
  const text = readText(config)
  cut(text, url, config)
  ensureReplaceable(config)
  const own = readSections(text)
    .filter(({ title, settings }) => isProfile(title) && runsUs(settings.credential_process ?? '', url))
    .map(({ title }) => nameIn(title))
  const keys = new Set(sectionsOf(readText(credentials)).map(({ title }) => title))
  const shadowed = own.filter((name) => keys.has(name))
  if (shadowed.length === 0) return `${own.length} in ${config} by credential_process`
  throw cliError(exit.badUsage, `${credentials} has keys for ${shadowed.join(', ')}, which AWS tools prefer`)
}

function runsUs(line: string, url: string): boolean {
  const words = line.split(/\s+/)
  return words.includes('credential-process') && words[words.indexOf('--url') + 1] === url
}
