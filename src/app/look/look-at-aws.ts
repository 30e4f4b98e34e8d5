import type { Config } from '../../config.ts'
import type { Fetch } from '../../core/index.ts'
import { boundedText, type Outgoing, reasonOf, within } from '../../outgoing/index.ts'
import { openSts } from '../sts.ts'
import { type Look, patience } from './look.ts'

interface Around {
  readonly fetch: Fetch
  readonly agent: Outgoing['agent']
  readonly clock: () => number
  readonly version: string
}

/** STS in each region, and where consoles are signed in to. Nothing is signed: an answer that says so is proof enough. */
export async function lookAtAws(config: Config, around: Around): Promise<readonly Look[]> {
  const { region, fallbackRegion, stsEndpoint, fallbackEndpoint, signInEndpoint } = config.aws
  const { hosts, close } = openSts(config, { ...around, events: { emit: async () => {} } as never })
  close()
  const address = (given: string | undefined, host = '') => given ?? `https://${host}`
  return Promise.all([
    lookAtSts('aws.region', region, address(stsEndpoint, hosts[0]), around),
    ...(fallbackRegion === undefined
      ? []
      : [lookAtSts('aws.fallbackRegion', fallbackRegion, address(fallbackEndpoint, hosts[1]), around)]),
    lookAtSignIn(signInEndpoint, around),
  ])
}

async function lookAtSts(
  place: string,
  region: string,
  address: string,
  { fetch, clock }: Around,
): Promise<Look> {
  const name = `STS in ${region} (${address})`
  try {
    const { date, text, status } = await within(patience, address, async (signal) => {
      const asked = { method: 'POST', redirect: 'manual', signal } as const
      const headers = { 'content-type': 'application/x-www-form-urlencoded' }
      const body = 'Action=GetCallerIdentity&Version=2011-06-15'
      const answer = await fetch(`${address}/`, { ...asked, headers, body })
      const { status } = answer
      return {
        status,
        date: answer.headers.get('date'),
        text: await boundedText(answer, 100_000, 'the answer'),
      }
    })
    if (!/<ErrorResponse|<Code>\w+<\/Code>/.test(text))
      return {
        place,
        say: '',
        problem: `${name} answers ${status}, but not as STS does: is a proxy in the way?`,
      }
    return { place, say: `${name} answers`, ...judgeClock(Date.parse(date ?? ''), clock()) }
  } catch (error) {
    return { place, say: '', problem: `${name} does not answer: ${reasonOf(error)}` }
  }
}

async function lookAtSignIn(endpoint: string, { fetch }: Around): Promise<Look> {
  const place = 'aws.signInEndpoint'
  const address = `${endpoint}/federation`
  try {
    const { status } = await within(patience, address, (signal) =>
      fetch(address, { redirect: 'manual', signal }),
    )
    if (status < 500) return { place, say: `AWS’s sign-in (${endpoint}) answers` }
    return { place, say: '', problem: `AWS’s sign-in (${address}) answers ${status}: no console would open` }
  } catch (error) {
    return { place, say: '', problem: `AWS’s sign-in (${address}) does not answer: ${reasonOf(error)}` }
  }
}

/** STS refuses an assertion that is not yet valid by its clock, and what is signed five minutes off (SigV4). */
function judgeClock(theirs: number, ours: number): Pick<Look, 'problem' | 'warning'> {
  if (!Number.isFinite(theirs)) return {}
  // HTTP dates have whole seconds, and an answer takes its time.
  const off = Math.round((ours - theirs) / 1000)
  const says = `this machine’s clock is ${Math.abs(off)} s ${off > 0 ? 'ahead of' : 'behind'} AWS’s; let NTP set it`
  if (Math.abs(off) > 300) return { problem: says }
  return Math.abs(off) > 30 ? { warning: says } : {}
}
