import { cliError, exit } from '../command.ts'
import { record } from '../roles/read-role.ts'
import { type Bridge, callApi } from '../sign-in/access.ts'
import { ask } from '../terminal/ask.ts'
import { plain } from '../terminal/plain-text.ts'
import { canAsk } from '../terminal/terminal.ts'
import { askReview } from './ask.ts'
import { list, tellSubject } from './tell.ts'

/** What is signed off, and how. */
export interface SignOffFlags {
  readonly person?: string
  readonly rule?: string
  readonly account?: string
  readonly keep?: true
  readonly remove?: string
  readonly note?: string
  readonly days?: string
  readonly yes?: true
}

/** Shows what it is about, asks, and signs off exactly that. */
export async function signOff(bridge: Bridge, flags: SignOffFlags): Promise<Record<string, unknown>> {
  const { kind, name } = subjectIn(flags)
  const { decision, note } = decisionIn(flags)
  const days = flags.days === undefined ? {} : { days: Number(flags.days) }
  const id = kind === 'person' ? await refOf(bridge, name, flags.days) : name
  const query = flags.days === undefined ? '' : `?${new URLSearchParams({ days: flags.days })}`
  const subject = await callApi(bridge, `/api/v1/review/subjects/${kind}/${encodeURIComponent(id)}${query}`)
  tellSubject(subject)
  if (subject.refused !== undefined) throw cliError(exit.notAuthorised, plain(subject.refused))
  if (!flags.yes) {
    if (!canAsk()) throw cliError(exit.badUsage, 'Nobody is here to be asked: say --yes.')
    const yes = await ask(
      `Sign off as ${decision.replaceAll('_', ' ')}? [y/N]`,
      (text) => ({ value: /^y(?:es)?$/i.test(text) }),
      'Nothing was signed off.',
    )
    if (!yes) throw cliError(exit.badUsage, 'Nothing was signed off.')
  }
  return callApi(bridge, '/api/v1/review/sign-offs', {
    json: { kind, id, digest: subject.digest, decision, note, ...days },
  })
}

function subjectIn({ person, rule, account }: SignOffFlags) {
  const named = Object.entries({ person, rule, account }).filter(([, name]) => name !== undefined)
  const [first, ...others] = named
  if (first === undefined || others.length > 0)
    throw cliError(exit.badUsage, 'Name one of --person, --rule and --account.')
  return { kind: first[0], name: String(first[1]) }
}

function decisionIn({ keep, remove, note = '' }: SignOffFlags) {
  if ((keep === undefined) === (remove === undefined))
    throw cliError(exit.badUsage, 'Say --keep, or --remove WHAT with what shall go.')
  return keep ? { decision: 'kept', note } : { decision: 'to_be_removed', note: String(remove) }
}

/** The one person of that name; several of one name are told apart by nobody but their ref. */
async function refOf(bridge: Bridge, name: string, days: string | undefined): Promise<string> {
  if (/^[\w-]{22}$/.test(name)) return name
  const query = new URLSearchParams({ person: name, limit: '500', ...(days === undefined ? {} : { days }) })
  const people = list((await askReview(bridge, query)).people).map(record)
  const exact = people.filter((one) => one.user === name)
  const found = exact.length > 0 ? exact : people
  const [only, ...others] = found
  if (only === undefined) throw cliError(exit.badUsage, `Nobody called ${name} was seen.`)
  if (others.length === 0) return plain(only.ref)
  const all = found
    .slice(0, 10)
    .map((one) => `  ${plain(one.ref)}  ${plain(one.user)} (${plain(one.provider)})`)
  throw cliError(
    exit.badUsage,
    `${found.length} people fit. Name one by what stands before them:\n${all.join('\n')}`,
  )
}

/** Everything that was signed off, page by page. */
export async function signOffsOf(
  bridge: Bridge,
  toBeRemoved: boolean,
): Promise<readonly Record<string, unknown>[]> {
  const found: Record<string, unknown>[] = []
  let cursor: string | undefined
  do {
    const query = new URLSearchParams({
      limit: '500',
      ...(toBeRemoved && { decision: 'to_be_removed' }),
      ...(cursor !== undefined && { cursor }),
    })
    const { signOffs, next } = await callApi(bridge, `/api/v1/review/sign-offs?${query}`)
    found.push(...list(signOffs).map(record))
    cursor = next === undefined ? undefined : String(next)
  } while (cursor !== undefined)
  return found
}
