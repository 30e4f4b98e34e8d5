import type { Drift, Finding } from '../../iac/index.ts'
import { cliError, exit } from '../command.ts'
import { peopleIn } from '../simulate/files.ts'
import { plain } from '../terminal/plain-text.ts'
import { print, printJson, say, styled } from '../terminal/terminal.ts'
import { readable } from './configuration.ts'
import { readTexts } from './files.ts'

export interface DriftFlags {
  readonly config: string
  readonly drift: readonly string[]
  readonly identities?: string
  readonly metadata?: string
  readonly json?: boolean
}

/** Says what differs between the rules and IAM; ends as `check --against` does when something is wider. */
export async function compareWithIam(flags: DriftFlags): Promise<void> {
  const { driftOf, readHeld, rolesOfPeople } = await import('../../iac/index.ts')
  const { parseIdpMetadata } = await import('../../saml/index.ts')
  const { options, metadata } = await readable(flags.config, flags.metadata)
  // As of long ago: what has ended is told, not refused.
  const read = (xml: string) => parseIdpMetadata(Buffer.from(xml, 'utf8'), { now: 0 })
  const held = reading(() => readHeld(readTexts(flags.drift)))
  const now = Date.now()
  const people = flags.identities === undefined ? [] : await peopleIn(flags.identities, options)
  const { brought } = rolesOfPeople(
    options,
    people.map(({ identity }) => identity),
    now,
  )
  const ours = metadata === undefined ? undefined : read(metadata)
  const drift = driftOf(options, held, { ours, read, now, brought })
  if (flags.json) printJson(drift)
  else tell(drift)
  const { length } = drift.findings
  if (length === 0) return
  const words = `${length} ${length === 1 ? 'difference' : 'differences'} between the rules and IAM.`
  throw cliError(exit.notAuthorised, flags.json ? '' : words)
}

function reading<T>(act: () => T): T {
  try {
    return act()
  } catch (error) {
    if ((error as { exitCode?: number }).exitCode !== undefined) throw error
    throw cliError(exit.badUsage, (error as Error).message)
  }
}

function tell({ findings, notes }: Drift): void {
  for (const note of notes) say(plain(note))
  const lines = findings.map(({ about, say: what, code }: Finding) => {
    const tag = styled('dim', `[${code}]`, process.stdout)
    return `${plain(about)} ${plain(what)} ${tag}`
  })
  print(lines.length === 0 ? 'IAM holds what the rules need.' : lines.join('\n'))
}
