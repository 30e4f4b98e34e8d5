import type { Credentials, Refusal } from '../../core/index.ts'
import type { StsClient } from '../../sts/index.ts'
import { cliError, exit } from '../command.ts'
import { say } from '../terminal/terminal.ts'
import { version } from '../version.ts'
import type { CodeSource } from './code.ts'
import type { UserProfile } from './user-keys.ts'

/** What opens a session. */
export interface Opening {
  readonly profile: UserProfile
  readonly serial: string | undefined
  /** Seconds. */
  readonly duration: number
  /** Given the device as it is known by now. */
  readonly codes: (device: string) => CodeSource
}

/** Milliseconds of difference between the clocks that are worth a word; a code lives for half a minute. */
const worthAWord = 30_000
const tries = 3

/**
 * Opens a session of the profile's user with a second factor. AWS is asked whose keys they are before a code is: wrong
 * keys cost nobody a code, and the device can be guessed. The SDK is loaded here and nowhere before.
 */
export async function openSession(
  opening: Opening,
): Promise<{ readonly credentials: Credentials; readonly serial: string }> {
  const { profile, duration } = opening
  const region = regionOf(profile, opening.serial)
  const clock = { ahead: 0 }
  const { client, findKeyOwner, getSessionToken, close } = await connect(profile, region, clock)
  try {
    const owner = await findKeyOwner(client, profile.keys)
    const serial = deviceOf(opening, owner)
    const codes = opening.codes(serial)
    for (let left = codes.again ? tries : 1; left > 0; left--) {
      const ask = { serial, code: await codes.next(), duration }
      const answer = await getSessionToken(client, profile.keys, ask)
      if (!('codeRefused' in answer)) {
        if (Math.abs(clock.ahead) > worthAWord) say(sayClock(clock.ahead))
        const known = { principalArn: owner.arn, accountId: owner.account, region }
        return { credentials: { ...answer, ...known }, serial }
      }
      const told = sayRefusedCode(serial, clock.ahead, answer.codeRefused)
      if (left === 1) throw cliError(exit.awsRefused, told)
      say(told)
    }
    throw new TypeError('no try was left')
  } catch (error) {
    throw spoken(error, clock.ahead)
  } finally {
    await close()
  }
}

async function connect(profile: UserProfile, region: string, clock: { ahead: number }) {
  const { createStsClient, findKeyOwner, getSessionToken } = await import('../../sts/index.ts')
  const { agent, close } = await wayOut()
  const { endpoint, useFips, useDualstack } = profile
  const client: StsClient = createStsClient({
    ...{ region, version, agent, timeout: 10_000 },
    ...(endpoint === undefined ? { useFips, useDualstack } : { endpoint: checkEndpoint(endpoint) }),
    onDate: (date) => {
      const then = Date.parse(date)
      if (Number.isFinite(then)) clock.ahead = Date.now() - then
    },
  })
  const end = async () => {
    client.close()
    await close()
  }
  return { client, findKeyOwner, getSessionToken, close: end }
}

/** By a proxy where the environment names one; else nothing is loaded for it. */
async function wayOut() {
  const { env } = process
  if (!env.HTTPS_PROXY && !env.https_proxy) return { agent: undefined, close: async () => {} }
  const { createOutgoing, readProxyOptions } = await import('../../outgoing/index.ts')
  const { proxy, fault } = readProxyOptions({}, env)
  if (fault !== undefined) throw cliError(exit.badUsage, fault)
  return createOutgoing(proxy)
}

/** A session's secrets come back from there. */
function checkEndpoint(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined
  const local = url !== undefined && ['localhost', '127.0.0.1', '[::1]'].includes(url.hostname)
  if (url?.protocol === 'https:' || (url?.protocol === 'http:' && local)) return text.replace(/\/+$/, '')
  throw cliError(exit.badUsage, `The endpoint of STS, ${text}, must be https: credentials travel there.`)
}

/** Where nobody says otherwise, any region of the device's partition. */
function regionOf({ region }: UserProfile, serial: string | undefined): string {
  const [, partition = 'aws'] = /^arn:([a-z-]+):/.exec(serial ?? '') ?? []
  const usual: Readonly<Record<string, string>> = {
    'aws-us-gov': 'us-gov-west-1',
    'aws-cn': 'cn-north-1',
    'aws-eusc': 'eusc-de-east-1',
  }
  return region ?? usual[partition] ?? 'us-east-1'
}

/** The device that was named, or the one that a user's is usually called. */
function deviceOf(
  { serial, profile }: Opening,
  { arn, account }: { readonly arn: string; readonly account: string },
): string {
  const [, , , , of] = serial?.split(':') ?? []
  if (serial !== undefined && (of === undefined || of === account)) return serial
  if (serial !== undefined)
    throw cliError(
      exit.badUsage,
      `The device ${serial} is of another account than the keys, which are ${arn}'s.`,
    )
  const [, partition, user] = /^arn:([a-z-]+):iam::\d{12}:user\/(?:.*\/)?([^/]+)$/.exec(arn) ?? []
  const title = profile.name === 'default' ? 'default' : `profile ${profile.name}`
  const setIt = `Say which it is with --serial, or once for all: mfa_serial = ARN below [${title}] in ${profile.configFile}.`
  if (partition === undefined || user === undefined)
    throw cliError(exit.badUsage, `The device of ${arn} cannot be guessed. ${setIt}`)
  const guess = `arn:${partition}:iam::${account}:mfa/${user}`
  say(`No mfa_serial is set; trying ${guess}, as a device is mostly called.\n${setIt}`)
  return guess
}

function sayRefusedCode(serial: string, ahead: number, said: string): string {
  const clock = Math.abs(ahead) > worthAWord ? ` ${sayClock(ahead)}` : ''
  return (
    `AWS did not take this code of ${serial}. Each code counts once, and for half a minute: wait for the next, at most ` +
    `30 s.${clock}\nIf the next is refused too, the device is another one (--serial) or out of step (IAM, your user, ` +
    `Security credentials, resync).\n${said}`
  )
}

function sayClock(ahead: number): string {
  const seconds = Math.round(Math.abs(ahead) / 1000)
  const much = seconds < 100 ? `${seconds} seconds` : `${Math.round(seconds / 60)} minutes`
  return (
    `The clock of this machine is ${much} ${ahead > 0 ? 'ahead of' : 'behind'} AWS's: set it (NTP). Codes that this ` +
    'machine makes are wrong until then.'
  )
}

/** What AWS refused, with the exit code for it. */
function spoken(error: unknown, ahead: number): unknown {
  const { name, code, detail } = error as Partial<Refusal> & { readonly name?: string }
  if (name !== 'Refusal' || detail === undefined) return error
  const clock = Math.abs(ahead) > worthAWord ? ` ${sayClock(ahead)}` : ''
  return cliError(code === 'aws_unreachable' ? exit.connectivity : exit.awsRefused, `${detail}${clock}`)
}
