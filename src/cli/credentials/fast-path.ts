import { stateFolder } from '../files/places.ts'
import { readRemembered, signInAt } from '../sign-in/remembered.ts'
import { agentIn } from './agent.ts'
import { freshness, readKept, termsOf } from './kept-credentials.ts'

type Environment = Readonly<Record<string, string | undefined>>

const roleArn = /^arn:aws[a-z-]*:iam::\d{12}:(?:role|federated-user)\/[\x21-\x7e]+$/

/**
 * What `credential-process` prints, when that lies in the cache and is fresh; undefined for everything else,
 * which the whole program then answers. Runs at every call of an AWS tool, so it reads two files, loads no
 * module but the file system's, and understands only what `configure` writes: `--role ARN`, `--url URL`.
 */
export function fromCache(argv: readonly string[], env: Environment, now: number): string | undefined {
  if (argv[0] !== 'credential-process') return undefined
  const asked = new Map<string, string>()
  for (let at = 1; at < argv.length; at += 2) {
    const [name = '', value] = [argv[at], argv[at + 1]]
    if ((name !== '--role' && name !== '--url') || value === undefined || asked.has(name)) return undefined
    asked.set(name, value)
  }
  const role = asked.get('--role') ?? env.ROLEBRIDGE_ROLE
  const folder = stateFolder(env)
  if (role === undefined || !roleArn.test(role) || folder === undefined || env.ROLEBRIDGE_DURATION)
    return undefined
  try {
    const remembered = readRemembered(folder)
    const url = (asked.get('--url') ?? (env.ROLEBRIDGE_URL || remembered.current))?.replace(/\/+$/, '')
    const signIn = url === undefined ? undefined : signInAt(remembered, url)
    if (url === undefined || signIn === undefined) return undefined
    const terms = termsOf({ agent: agentIn(env) })
    const kept = readKept(folder, { url, session: signIn.id, role, duration: 0, terms })
    return kept !== undefined && freshness(kept, now) === 'fresh' ? kept.output : undefined
  } catch {
    // Whatever is wrong, the whole program says it in words.
    return undefined
  }
}
