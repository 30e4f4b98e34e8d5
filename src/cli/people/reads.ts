import type { Command } from 'commander'
import { settingsOf } from '../settings.ts'
import { callApi } from '../sign-in/access.ts'
import { plain } from '../terminal/plain-text.ts'
import { print, printJson, say, styled, table } from '../terminal/terminal.ts'
import { asked, type PeopleFlags } from './asked.ts'
import { everybody, findPerson, type PersonRow } from './find.ts'
import { sayPerson } from './say.ts'

/** Prints who signed in lately. */
export async function list(text: string | undefined, _: unknown, command: Command): Promise<void> {
  const found: PersonRow[] = []
  for await (const one of everybody(asked(command), text)) found.push(one)
  if (settingsOf(command).json) printJson(found)
  else if (found.length === 0) say('Nobody of that name signed in lately.')
  else print(asTable(found))
}

/** Prints everybody with what their provider said, as JSON. */
export async function exportAll(_: unknown, command: Command): Promise<void> {
  const all: { readonly left?: number }[] = []
  for await (const one of everybody(asked(command), undefined, true)) all.push(one as object)
  printJson(all)
  const cut = all.filter(({ left }) => left !== undefined).length
  if (cut > 0) say(`Of ${cut} of them the bridge kept not all values, because there were too many.`)
}

/** Prints what is known of somebody. */
export async function show(user: string, { idp }: PeopleFlags, command: Command): Promise<void> {
  const bridge = asked(command)
  const body = await callApi(bridge, `/api/v1/people/${(await findPerson(bridge, user, idp)).ref}`)
  if (settingsOf(command).json) printJson(body)
  else print(sayPerson(body))
}

/** Prints commands to run in the account of each role: they go to stdout, what they are about to stderr. */
export async function cut(user: string, { idp }: PeopleFlags, command: Command): Promise<void> {
  const bridge = asked(command)
  const { ref } = await findPerson(bridge, user, idp)
  const { cuts, whole } = await callApi(bridge, `/api/v1/people/${ref}/cut`)
  if (whole === false)
    say('This may not be everything: not all that was handed out to them could be looked through.')
  if (settingsOf(command).json) return printJson({ cuts, whole })
  const all: readonly Record<string, unknown>[] = Array.isArray(cuts) ? cuts : []
  if (all.length === 0) say('No credentials were found that were handed out to them and are still good.')
  for (const { roleArn, endsAt, hold, command, undo, namesUser } of all) {
    say(
      `${plain(roleArn)}: ${plain(hold)} handed out, the last until ${plain(endsAt)}. After that: ${plain(undo)}`,
    )
    if (namesUser === true) say('Put the IAM user who signs for people in the place of BROKER-USER.')
    print(plain(command))
  }
}

function asTable(found: readonly PersonRow[]): string {
  const rows = found.map(({ user, provider, lastSeen, address, sessions, locked }) => [
    plain(user),
    plain(provider),
    plain(lastSeen).slice(0, 16).replace('T', ' '),
    plain(address),
    plain(sessions),
    locked === true ? 'locked' : '',
  ])
  const head = ['USER', 'PROVIDER', 'LAST SEEN', 'ADDRESS', 'SESSIONS', '']
  const [title = '', ...lines] = table([head, ...rows]).split('\n')
  return [styled('bold', title, process.stdout), ...lines].join('\n')
}
