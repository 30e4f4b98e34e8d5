import { randomBytes } from 'node:crypto'
import { readdirSync, rmSync } from 'node:fs'
import type { Credentials } from '../../core/index.ts'
import { environment } from '../../formats/index.ts'
import { awsFiles, readText, withoutDefaultCredentials, withoutDefaultKeys } from '../aws-config/index.ts'
import { writePrivate } from '../files/private-folder.ts'
import type { Bridge } from '../sign-in/access.ts'
import { openContainerEndpoint } from './container-endpoint.ts'
import { credentialsFor, type Want } from './issue.ts'

/** The variables of a job, and what is to be done when it has ended. */
export interface Surroundings {
  readonly variables: Readonly<Record<string, string>>
  readonly cleanUp: () => void
}

/** One set of credentials, in variables. */
export async function handedOver(bridge: Bridge, want: Want): Promise<Surroundings> {
  const { credentials } = await credentialsFor(bridge, want)
  const variables = { ...Object.fromEntries(environment(credentials)), ...regionOf(process.env, credentials) }
  return { variables, cleanUp: () => {} }
}

/**
 * A loopback endpoint and its token in a file: SDKs read it again at each renewal, and no list of processes shows
 * it. The files of AWS tools are copies in which the default profile leads to no credentials, because those would
 * come before the endpoint in every SDK's order.
 */
export async function served(bridge: Bridge, want: Want): Promise<Surroundings> {
  const first = await credentialsFor(bridge, want)
  const { fresh: _once, ...again } = want
  const files = awsFiles(process.env)
  const [config, keys] = [readText(files.config), readText(files.credentials)]
  const jobs = `${bridge.folder}/jobs`
  removeLeftovers(jobs)
  const folder = `${jobs}/${process.pid}-${randomBytes(6).toString('hex')}`
  const endpoint = await openContainerEndpoint(async () => (await credentialsFor(bridge, again)).credentials)
  const put = (name: string, text: string) => {
    writePrivate(`${folder}/${name}`, text)
    return `${folder}/${name}`
  }
  return {
    variables: {
      AWS_CONTAINER_CREDENTIALS_FULL_URI: endpoint.url,
      AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE: put('token', endpoint.token),
      AWS_CONFIG_FILE: put('config', withoutDefaultCredentials(config)),
      AWS_SHARED_CREDENTIALS_FILE: put('credentials', withoutDefaultKeys(keys)),
      AWS_ACCOUNT_ID: first.credentials.accountId,
      ...regionOf(process.env, first.credentials),
    },
    cleanUp: () => {
      endpoint.close()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** A region that the caller named is meant for the job too; else it is the account's. */
function regionOf(env: NodeJS.ProcessEnv, { region }: Pick<Credentials, 'region'>): Record<string, string> {
  const own = env.AWS_REGION || env.AWS_DEFAULT_REGION || region
  return { AWS_REGION: own, AWS_DEFAULT_REGION: env.AWS_DEFAULT_REGION || own }
}

/** Folders of jobs whose program was killed and could not remove them. */
function removeLeftovers(jobs: string): void {
  for (const name of foldersIn(jobs)) {
    const pid = Number(/^(\d+)-[0-9a-f]+$/.exec(name)?.[1])
    if (Number.isInteger(pid) && !isRunning(pid)) rmSync(`${jobs}/${name}`, { recursive: true, force: true })
  }
}

function foldersIn(path: string): readonly string[] {
  try {
    return readdirSync(path)
  } catch {
    return []
  }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}
