import { plainName } from '../../core/index.ts'
import { cliError, exit } from '../command.ts'
import { type Bridge, callApi } from '../sign-in/access.ts'

/** Somebody who signed in lately, as the bridge lists them. */
export interface PersonRow {
  readonly ref: string
  readonly user: string
  readonly provider: string
  readonly lastSeen?: string
  readonly address?: string
  readonly sessions?: number
  readonly locked?: boolean
}

/** People in one question. */
const part = 200
/** A bridge that never comes to an end is none. */
const mostParts = 5000

/** Who signed in lately, part by part; with `attributes` as `check --identities` reads them. */
export async function* everybody(
  bridge: Bridge,
  text: string | undefined,
  attributes = false,
): AsyncGenerator<PersonRow> {
  let cursor: unknown
  for (let parts = 0; parts < mostParts; parts++) {
    const query = new URLSearchParams({
      limit: String(part),
      ...(text !== undefined && { text }),
      ...(attributes && { attributes: 'true' }),
      ...(typeof cursor === 'string' && { cursor }),
    })
    const { people, next } = await callApi(bridge, `/api/v1/people?${query}`)
    if (!Array.isArray(people)) throw cliError(exit.unknown, 'The bridge answered without a list of people.')
    yield* people
    if (typeof next !== 'string' || people.length === 0) return
    cursor = next
  }
}

/** The one who is called so, in any spelling. */
export async function findPerson(bridge: Bridge, user: string, idp: string | undefined): Promise<PersonRow> {
  const wanted = plainName(user)
  const found: PersonRow[] = []
  for await (const one of everybody(bridge, user))
    if (plainName(String(one.user)) === wanted && (idp === undefined || one.provider === idp)) found.push(one)
  const [only, ...others] = found
  if (only === undefined || !/^[\w-]+$/.test(String(only.ref)))
    throw cliError(exit.badUsage, `Nobody called ${user} signed in lately: rolebridge people list`)
  if (others.length === 0) return only
  const names = found.map(({ provider }) => provider).join(', ')
  throw cliError(exit.badUsage, `${found.length} people are called ${user}; choose one by --idp: ${names}`)
}
