import type { Agent } from 'node:https'
import { STSClient, type STSClientConfig } from '@aws-sdk/client-sts'
import type { Clock, Credentials, UserKeys } from '../core/index.ts'
import { isNoAnswer, sayNoAnswer } from './aws-error.ts'
import type { Reach } from './narrowing/pin.ts'
import { isLocal } from './options.ts'
import { ask, createFailover, type Place } from './places/failover.ts'
import { foreignAnswer } from './unreachable.ts'

/** Those of a session, or of an IAM user. */
type SigningKeys = UserKeys & Partial<Pick<Credentials, 'sessionToken'>>
/** What sends commands; with a second region it is not one client of the SDK. */
export type Sender = Pick<STSClient, 'send'>

/** Reused clients of STS, in one region or two. Holds connections, no credentials. */
export interface StsClient {
  /** For the calls that are not signed. */
  readonly sdk: Sender
  /** For calls that these credentials sign, over the same connections. */
  readonly signedBy: (credentials: SigningKeys) => Sender
  /** Where it connects to: one host, or both of two regions. */
  readonly hosts: readonly string[]
  /** Which addresses of people it can see, whichever region answers. */
  readonly reach: Reach
  /** The region that does not answer now, while another stands in for it. */
  resting(): string | undefined
  /** Milliseconds that one call may take, retries included. */
  readonly deadline: number
  close(): void
}

export interface StsClientOptions {
  readonly region: string
  /** Default: the SDK's endpoint for the region. */
  readonly endpoint?: string | undefined
  readonly useFips?: boolean
  readonly useDualstack?: boolean
  /** Milliseconds for the answer to one attempt. */
  readonly timeout?: number
  /** Our version, for the user agent. */
  readonly version: string
  /** By how many milliseconds our clock differs from the machine’s, by which the SDK dates what it signs. */
  readonly clockOffset?: () => number
  /** Hears the `Date` of every answer: what time it is at AWS. */
  readonly onDate?: (date: string) => void
  /** For connections by https, where a proxy is on the way; it is the caller's to end. */
  readonly agent?: Agent | undefined
  /** Asked while the first region does not answer; never after a refusal. */
  readonly fallback?: Fallback | undefined
}

interface Fallback {
  readonly region: string
  readonly endpoint?: string | undefined
  readonly clock: Clock
  /** Hears when the first region does not answer any more, and why; without a reason when it does again. */
  readonly tell: (place: Place, why: string | undefined) => void
}

const maxAttempts = 3

/**
 * Creates a client of one region, or of two of which the second stands in for the first. An assertion is good at each
 * of them, and so are the credentials of each.
 */
export function createStsClient(options: StsClientOptions): StsClient {
  const { fallback, timeout = 5000 } = options
  if (fallback === undefined) {
    const door = openDoor(options, maxAttempts)
    return {
      ...{ reach: door.reach, hosts: [door.host], close: door.close, deadline: maxAttempts * timeout },
      ...through((call) => ask(door, call)),
      resting: () => undefined,
    }
  }
  // The second region is what the first is tried again with, so it gets one try more and one attempt's time.
  const first = openDoor(options, maxAttempts - 1)
  const second = openDoor({ ...options, ...fallback, endpoint: fallback.endpoint }, maxAttempts)
  const { clock } = fallback
  const tell = (place: Place, error: unknown) =>
    fallback.tell(place, error === undefined ? undefined : sayNoAnswer(place.host, error))
  const failover = createFailover({ first, second, isNoAnswer, clock, tell })
  const patience = (door: Door) => (door === first ? timeout : maxAttempts * timeout)
  const both = (of: keyof Reach) => first.reach[of] && second.reach[of]
  return {
    ...through((call, signal) => failover.send((door) => call(door, within(patience(door), signal)), signal)),
    hosts: [first.host, second.host],
    reach: { everything: both('everything'), ipv6: both('ipv6') },
    resting: failover.resting,
    deadline: (maxAttempts + 1) * timeout,
    close: () => {
      first.close()
      second.close()
    },
  }
}

type Call = (door: Door, signal?: AbortSignal) => Promise<unknown>

/** The senders of a client, each command of which takes its way by `go`. */
function through(
  go: (call: Call, signal: AbortSignal | undefined) => Promise<unknown>,
): Pick<StsClient, 'sdk' | 'signedBy'> {
  const sender = (of: (door: Door) => Sender): Sender => {
    const send = (command: never, options: { abortSignal?: AbortSignal } = {}) =>
      go(
        (door, abortSignal = options.abortSignal) =>
          of(door).send(command, { ...options, abortSignal } as never),
        options.abortSignal,
      )
    return { send: send as unknown as Sender['send'] }
  }
  return { sdk: sender(({ sdk }) => sdk), signedBy: (keys) => sender((door) => door.signedBy(keys)) }
}

function within(milliseconds: number, signal: AbortSignal | undefined): AbortSignal {
  const limit = AbortSignal.timeout(milliseconds)
  return signal === undefined ? limit : AbortSignal.any([signal, limit])
}

/** One endpoint of STS. */
interface Door extends Place {
  readonly sdk: STSClient
  readonly signedBy: (keys: SigningKeys) => STSClient
  readonly reach: Reach
  readonly close: () => void
}

/**
 * Opens a client that reads nothing from its surroundings: every setting that the SDK would otherwise look up
 * in the environment, in `~/.aws` or at the instance metadata service is given here, so a stray variable on the
 * bridge's machine can neither redirect assertions nor sign calls. Throttling, 5xx and network faults are
 * retried with back-off; a refusal of AWS is never retried.
 */
function openDoor(options: StsClientOptions, maxAttempts: number): Door {
  const { region, endpoint, useFips = false, useDualstack = false, timeout = 5000, version } = options
  const agent = { keepAlive: true, maxSockets: 256 }
  const config = {
    region,
    ...(endpoint === undefined ? {} : { endpoint }),
    ignoreConfiguredEndpointUrls: true,
    useFipsEndpoint: useFips,
    useDualstackEndpoint: useDualstack,
    authSchemePreference: [],
    sigv4aSigningRegionSet: [],
    defaultsMode: 'standard',
    retryMode: 'standard',
    maxAttempts,
    customUserAgent: [['rolebridge', version]],
    userAgentAppId: () => Promise.resolve(undefined),
    requestHandler: {
      connectionTimeout: Math.min(timeout, 3000),
      requestTimeout: timeout,
      throwOnRequestTimeout: true,
      socketTimeout: timeout,
      httpAgent: agent,
      httpsAgent: options.agent ?? agent,
    },
  } satisfies STSClientConfig
  const sdk = unadvised(
    () =>
      new STSClient({
        ...config,
        credentials: () => Promise.reject(new TypeError('this call is not signed')),
      }),
  )
  refuseForeignAnswers(sdk)
  const where = sdk.config.endpointProvider({
    Region: region,
    UseFIPS: useFips,
    UseDualStack: useDualstack,
    ...(endpoint === undefined ? {} : { Endpoint: endpoint }),
  })
  return {
    region,
    sdk,
    signedBy: ({ accessKeyId, secretAccessKey, sessionToken }) => {
      const credentials = {
        accessKeyId,
        secretAccessKey,
        ...(sessionToken !== undefined && { sessionToken }),
      }
      const signing = new STSClient({
        ...config,
        credentials,
        authSchemePreference: ['sigv4'],
        systemClockOffset: options.clockOffset?.() ?? 0,
        requestHandler: sdk.config.requestHandler,
      })
      refuseForeignAnswers(signing, options.onDate)
      return signing
    },
    host: where.url.host,
    reach: { everything: isLocal(where.url.hostname), ipv6: useDualstack },
    close: () => sdk.destroy(),
  }
}

const advice = 'AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'

/**
 * Makes the first client of a process without the SDK's advice on versions of Node: that is for who builds this program,
 * and stood in the log of everybody who runs it. The variable is there for that moment only, so no child inherits it.
 */
function unadvised<T>(make: () => T): T {
  const before = process.env[advice]
  process.env[advice] = 'true'
  try {
    return make()
  } finally {
    if (before === undefined) delete process.env[advice]
    else process.env[advice] = before
  }
}

/**
 * Looks at what came before the SDK does, which takes any well-formed page for an empty answer of STS. Faults of
 * servers (5xx) are left to it, for they are worth another try.
 */
function refuseForeignAnswers(sdk: STSClient, onDate?: (date: string) => void): void {
  sdk.middlewareStack.add(
    (next) => async (args) => {
      const result = await next(args)
      const { statusCode, headers, body } = result.response as {
        statusCode: number
        headers: Readonly<Record<string, string>>
        body?: { destroy?: () => void }
      }
      if (headers.date !== undefined) onDate?.(headers.date)
      const type = headers['content-type'] ?? ''
      if (statusCode < 500 && type !== '' && !/\bxml\b/i.test(type)) {
        body?.destroy?.()
        throw foreignAnswer(statusCode, type)
      }
      return result
    },
    { name: 'refuseForeignAnswers', step: 'deserialize', priority: 'low' },
  )
}
