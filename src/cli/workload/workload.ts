import { type Command, Option } from 'commander'
import { problem, send } from '../http.ts'
import { bridgeOf, type Settings } from '../settings.ts'
import { type Bridge, clientId, tokensOf } from '../sign-in/access.ts'
import { findTokenPlace, type TokenPlace } from './token-places.ts'

/** Options of commands that a job without a browser runs. */
export function withWorkload(command: Command): Command {
  return command
    .option('--workload', 'be the workload that the platform says: GitHub Actions, GitLab CI, Kubernetes, …')
    .addOption(
      new Option('--workload-token-file <file>', 'where its token is').env('ROLEBRIDGE_WORKLOAD_TOKEN_FILE'),
    )
    .option('--workload-token-env <name>', 'which variable holds its token', 'ROLEBRIDGE_ID_TOKEN')
    .option('--workload-audience <audience>', 'for whom to ask GitHub (default: the bridge’s address)')
}

interface WorkloadOptions {
  readonly workload?: boolean
  readonly workloadTokenFile?: string
  readonly workloadTokenEnv: string
  readonly workloadAudience?: string
}

/** The bridge that a command talks to, as the person who signed in or, with `--workload`, as the workload. */
export function bridgeFor(command: Command, settings: Settings): Bridge {
  const bridge = bridgeOf(settings)
  const {
    workload,
    workloadTokenFile: file,
    workloadTokenEnv: variable,
    workloadAudience,
  } = command.opts<WorkloadOptions>()
  const named = command.getOptionValueSource('workloadTokenFile') === 'cli'
  if (!workload && !named) return bridge
  const place = findTokenPlace({ file, variable, audience: workloadAudience ?? bridge.url }, process.env)
  return { ...bridge, workload: accessOf(bridge.url, place) }
}

/** Milliseconds before its end at which an access token is not used any more. */
const early = 30_000

/** Exchanges the platform's token when that is needed. Nothing of it is written anywhere: there is none to renew. */
function accessOf(url: string, place: TokenPlace): NonNullable<Bridge['workload']> {
  let held: { readonly accessToken: string; readonly accessExpiresAt: number } | undefined
  return {
    session: `workload ${place.whose()}`,
    async accessToken(refused) {
      if (held !== undefined && held.accessToken !== refused && held.accessExpiresAt - early > Date.now())
        return held.accessToken
      const form = {
        grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
        client_id: clientId,
        subject_token: await place.token(),
        subject_token_type: 'urn:ietf:params:oauth:token-type:jwt',
      }
      const { status, body } = await send(url, '/oauth/token', { form })
      if (status !== 200 || body === undefined) throw withPlace(problem(status, body ?? {}), place)
      held = tokensOf(body)
      return held.accessToken
    },
  }
}

function withPlace(error: Error, { label }: TokenPlace): Error {
  error.message = `${error.message}\nThe token came from ${label}; the audit trail of the bridge says what is wrong with it.`
  return error
}
