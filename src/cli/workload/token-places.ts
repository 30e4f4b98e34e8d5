import { createHash } from 'node:crypto'
import { closeSync, existsSync, openSync, readSync } from 'node:fs'
import { cliError, exit } from '../command.ts'
import { request } from '../http.ts'

/** Where a platform puts the token of a workload. */
export interface TokenPlace {
  /** For messages. */
  readonly label: string
  /** Names the workload in the cache: other workloads on this machine never share it. Holds no secret. */
  readonly whose: () => string
  /** The token as it is now: platforms renew it. */
  readonly token: () => Promise<string>
}

/** What was said about the place. */
export interface PlaceWish {
  readonly file?: string | undefined
  /** Name of the variable that holds the token. */
  readonly variable: string
  readonly audience: string
}

type Environment = Readonly<Record<string, string | undefined>>

/** Where the pod of docs/guides/workloads.md has its projected token. */
const projected = '/var/run/secrets/rolebridge/token'

/** Bytes; the bridge takes no longer token. */
const longest = 15_000

/** The place that was named, or the first that is there. Throws with what each platform needs. */
export function findTokenPlace(wish: PlaceWish, env: Environment): TokenPlace {
  if (wish.file !== undefined) return inFile(wish.file)
  if (env[wish.variable]) return inVariable(wish.variable, env)
  if (env.ACTIONS_ID_TOKEN_REQUEST_URL && env.ACTIONS_ID_TOKEN_REQUEST_TOKEN)
    return byGitHub(env.ACTIONS_ID_TOKEN_REQUEST_URL, env.ACTIONS_ID_TOKEN_REQUEST_TOKEN, wish.audience)
  if (existsSync(projected)) return inFile(projected)
  throw cliError(exit.badUsage, `There is no token of a workload here.\n${advice(wish, env)}`)
}

function advice({ variable, audience }: PlaceWish, env: Environment): string {
  if (env.GITHUB_ACTIONS)
    return 'Give the job the permission to ask for one: permissions: { id-token: write }'
  if (env.GITLAB_CI) return `Give the job one: id_tokens: { ${variable}: { aud: ${audience} } }`
  return `Put one into ${variable}, or name a file with --workload-token-file. For pods: a projected volume with the audience ${audience} at ${projected}.`
}

function inFile(file: string): TokenPlace {
  const read = () => {
    try {
      return readShort(file)
    } catch (error) {
      const why =
        (error as NodeJS.ErrnoException).code === 'ENOENT' ? 'it is not there' : (error as Error).message
      throw cliError(exit.badUsage, `The workload’s token could not be read from ${file}: ${why}.`)
    }
  }
  return { label: file, whose: () => subjectOf(read(), file), token: async () => read() }
}

/** Reads no more than a token can have: the file may be a device, or a mistake. */
function readShort(file: string): string {
  const handle = openSync(file, 'r')
  try {
    const buffer = Buffer.alloc(longest + 1)
    const size = readSync(handle, buffer, 0, buffer.length, 0)
    if (size > longest) throw new Error('it is too long for a token')
    return buffer.toString('utf8', 0, size).trim()
  } finally {
    closeSync(handle)
  }
}

function inVariable(name: string, env: Environment): TokenPlace {
  const token = (env[name] ?? '').trim()
  return { label: `$${name}`, whose: () => subjectOf(token, `$${name}`), token: async () => token }
}

/**
 * GitHub's runner hands out tokens at an address of the job's own, for whatever audience is asked
 * ("OpenID Connect reference", methods for requesting the token).
 */
function byGitHub(address: string, secret: string, audience: string): TokenPlace {
  const label = 'GitHub Actions'
  if (!/^(?:https:\/\/|http:\/\/(?:localhost|127\.0\.0\.1)[:/])/.test(address))
    throw cliError(
      exit.badUsage,
      'ACTIONS_ID_TOKEN_REQUEST_URL is not https, and the job’s secret would travel in the open.',
    )
  return {
    label,
    // The secret is the job's alone, so its digest names the job.
    whose: () => digest(`${label}\n${address}\n${secret}`),
    async token() {
      const { value } = await request(address, `&audience=${encodeURIComponent(audience)}`, { token: secret })
      if (typeof value === 'string' && value !== '') return value
      throw cliError(exit.identityProvider, 'GitHub answered without a token.')
    },
  }
}

/** What of a token stays the same when it is renewed. Nothing is believed: only the bridge decides by claims. */
function subjectOf(token: string, where: string): string {
  try {
    const claims = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString('utf8'))
    const { exp: _exp, iat: _iat, nbf: _nbf, jti: _jti, ...lasting } = claims
    return digest(JSON.stringify(lasting))
  } catch {
    throw cliError(exit.badUsage, `What is in ${where} is no token of a workload (a signed JWT).`)
  }
}

const digest = (text: string) => createHash('sha256').update(text).digest('base64url')
