import type { Command } from 'commander'
import type { Register } from '../command.ts'
import { end, lock, unlock } from '../people/acts.ts'
import { cut, exportAll, list, show } from '../people/reads.ts'
import { withOptions } from '../settings.ts'
import { withWorkload } from '../workload/workload.ts'

export const people: Register = (program) => {
  const command = program
    .command('people')
    .description('for auditors and administrators: who signs in; end sessions, lock and unlock')
  const all = [...reads(command), ...acts(command)]
  for (const one of all) withOptions(withWorkload(one), 'url', 'json')
}

const ofProvider = ['--idp <name>', 'only of this identity provider'] as const

function reads(command: Command): readonly Command[] {
  return [
    command
      .command('list', { isDefault: true })
      .description('who signed in lately')
      .argument('[text]', 'part of a name')
      .action(list),
    command
      .command('export')
      .description('everybody, as `check --identities` reads people')
      .action(exportAll),
    command
      .command('show')
      .description('attributes, sessions, what somebody may take and took')
      .argument('<user>', 'their name')
      .option(...ofProvider)
      .action(show),
    command
      .command('cut')
      .description('what makes AWS refuse the credentials that somebody holds already')
      .argument('<user>', 'their name')
      .option(...ofProvider)
      .action(cut),
  ]
}

function acts(command: Command): readonly Command[] {
  return [
    command
      .command('lock')
      .description('keep somebody out, by every door, by a name that need not have signed in')
      .argument('<user>', 'their name')
      .requiredOption('--reason <text>', 'why, in one line')
      .option('--until <time>', 'ends by itself, at a time such as 2026-12-31T00:00:00Z')
      .option(...ofProvider)
      .action(lock),
    command
      .command('unlock')
      .description('let somebody in again, who then signs in anew')
      .argument('<user>', 'their name')
      .action(unlock),
    command
      .command('end')
      .description('end all sessions of somebody, or one')
      .argument('<user>', 'their name')
      .argument('[session]', 'as `people show` prints it')
      .option(...ofProvider)
      .action(end),
  ]
}
