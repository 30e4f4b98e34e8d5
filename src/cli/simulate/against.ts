import type { Comparison } from '../../simulate/index.ts'
import { cliError, exit } from '../command.ts'
import { plain } from '../terminal/plain-text.ts'
import { print, printJson, styled } from '../terminal/terminal.ts'
import { peopleIn, type SituationFlags, situationOf, writtenIn } from './files.ts'

interface Flags extends SituationFlags {
  readonly config: string
  readonly against: string
  readonly identities?: string
  readonly json?: boolean
}

/**
 * Says who gains and who loses what between two configuration files. Ends with the code of "not authorised" when something
 * is wider, so that a review can stop there.
 */
export async function compareFiles(flags: Flags): Promise<void> {
  const { compareConfigs } = await import('../../simulate/index.ts')
  const [old, next] = [await writtenIn(flags.against), await writtenIn(flags.config)]
  const people = flags.identities === undefined ? [] : await peopleIn(flags.identities, next)
  const comparison = compareConfigs(old, next, people, situationOf(flags))
  if (flags.json) printJson(comparison)
  else print(told(flags, comparison, people.length))
  if (comparison.widens)
    throw cliError(exit.notAuthorised, flags.json ? '' : 'Something is wider than before.')
}

function told({ config, against }: Flags, { changes, people, widens }: Comparison, asked: number): string {
  if (changes.length === 0 && people.length === 0) return `${config} says the same as ${against}.`
  const mark = (wider: boolean) => (wider ? styled('yellow', '+', process.stdout) : '-')
  const lines = changes.map(({ where, widens, say }) => `  ${mark(widens)} ${plain(where)} ${plain(say)}`)
  const heading = `${config} beside ${against}${widens ? '' : ': nothing is wider'}`
  const persons = people.flatMap(({ user, gains, loses, otherTerms }) => [
    `  ${plain(user)}`,
    ...gains.map((role) => `    ${mark(true)} ${role}`),
    ...loses.map((role) => `    ${mark(false)} ${role}`),
    ...otherTerms.map((role) => `    ~ ${role}, on other terms`),
  ])
  const count = `${people.length} of ${asked} ${asked === 1 ? 'person notices' : 'people notice'} it`
  return [
    `${heading}:`,
    ...lines,
    ...(asked === 0 ? [] : ['', `${count}${persons.length > 0 ? ':' : '.'}`, ...persons]),
  ].join('\n')
}
