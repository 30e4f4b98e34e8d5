import { STSClient, type STSClientConfig } from '@aws-sdk/client-sts'
import type { Credentials } from '../core/index.ts'
import { isLocal } from './options.ts'
import type { Reach } from './pin.ts'
import { foreignAnswer } from './unreachable.ts'

/** One reused client of one STS endpoint. Holds connections, no credentials. */
export interface StsClient {
  /** For the calls that are not signed. */
  readonly sdk: STSClient
  /** For calls that these credentials sign, over the same connections. */
  readonly signedBy: (
    credentials: Pick<Credentials, 'accessKeyId' | 'secretAccessKey' | 'sessionToken'>,
  ) => STSClient
  /** Where it connects to, for messages. */
  readonly host: string
  /** Which addresses of people it can see. */
  readonly reach: Reach
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
}

const maxAttempts = 3

/**
 * Creates a client that reads nothing from its surroundings: every setting that the SDK would otherwise look up
 * in the environment, in `~/.aws` or at the instance metadata service is given here, so a stray variable on the
 * bridge's machine can neither redirect assertions nor sign calls. Throttling, 5xx and network faults are
 * retried with back-off, at most twice; a refusal of AWS is never retried.
 */
export function createStsClient(options: StsClientOptions): StsClient {
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
      httpsAgent: agent,
    },
  } satisfies STSClientConfig
  const sdk = new STSClient({
    ...config,
    credentials: () => Promise.reject(new TypeError('this call is not signed')),
  })
  refuseForeignAnswers(sdk)
  const where = sdk.config.endpointProvider({
    Region: region,
    UseFIPS: useFips,
    UseDualStack: useDualstack,
    ...(endpoint === undefined ? {} : { Endpoint: endpoint }),
  })
  return {
    sdk,
    signedBy: ({ accessKeyId, secretAccessKey, sessionToken }) => {
      const credentials = { accessKeyId, secretAccessKey, sessionToken }
      const signing = new STSClient({
        ...config,
        credentials,
        authSchemePreference: ['sigv4'],
        systemClockOffset: options.clockOffset?.() ?? 0,
        requestHandler: sdk.config.requestHandler,
      })
      refuseForeignAnswers(signing)
      return signing
    },
    host: where.url.host,
    reach: { everything: isLocal(where.url.hostname), ipv6: useDualstack },
    deadline: maxAttempts * timeout,
    close: () => sdk.destroy(),
  }
}

/**
 * Looks at what came before the SDK does, which takes any well-formed page for an empty answer of STS. Faults of
 * servers (5xx) are left to it, for they are worth another try.
 */
function refuseForeignAnswers(sdk: STSClient): void {
  sdk.middlewareStack.add(
    (next) => async (args) => {
      const result = await next(args)
      const { statusCode, headers, body } = result.response as {
        statusCode: number
        headers: Readonly<Record<string, string>>
        body?: { destroy?: () => void }
      }
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
