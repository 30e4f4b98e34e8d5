import { randomBytes } from 'node:crypto'
import { readFile, writeFile } from 'node:fs/promises'
import type { Server } from 'node:http'
import { join } from 'node:path'
import express from 'express'
import type { Clock } from '../core/index.ts'
import { demoAws } from './aws.ts'
import { demoConfig } from './config.ts'
import { ensureAuthority } from './ensure-authority.ts'
import { fetchText } from './fetch-text.ts'
import { type DemoIamUsers, demoIamUsers, writeIamUsers } from './iam-users.ts'
import { createDemoIdp } from './idp/index.ts'
import type { ResponseOptions } from './idp/options.ts'
import { ensureKeys } from './keys.ts'
import { listenOnLoopback } from './listen.ts'
import type { OpenIdClient } from './openid/options.ts'
import type { DemoPerson } from './people.ts'
import { createLocalSts, type LocalSts } from './sts/index.ts'
import { createDemoPlatform, type DemoPlatform } from './workloads/index.ts'

export interface DemoWorldOptions {
  /** Where keys, configuration and data lie; made when it is missing. */
  readonly folder: string
  readonly ports: { readonly bridge: number; readonly idp: number; readonly sts: number }
  readonly federation: 'reissue' | 'passthrough'
  readonly clock: Clock
  /** Serves the bridge by TLS, with a throw-away authority. */
  readonly https?: boolean
  /** The identity provider speaks OpenID Connect too, and the bridge offers both. */
  readonly openId?: boolean
  /** IAM users: a broker for the bridge, and one with a second factor; told the words that start the command line. */
  readonly iamUsers?: { readonly program: readonly string[] }
  readonly people?: readonly DemoPerson[]
  /** Read anew for each response. */
  readonly response?: ResponseOptions
}

/** Everything around the bridge, running, and the configuration that makes a bridge fit in. */
export interface DemoWorld {
  readonly configFile: string
  /** The file of the authority to trust, with `https`. */
  readonly authorityFile?: string
  readonly urls: { readonly bridge: string; readonly idp: string; readonly sts: string }
  readonly sts: LocalSts
  /** Vouches for jobs, below `/workloads` of the identity provider. */
  readonly platform: DemoPlatform
  close(): Promise<void>
}

/** Starts identity provider and local STS and writes `rolebridge.yaml` beside their keys. Rejects when a port is taken. */
export async function startDemoWorld(options: DemoWorldOptions): Promise<DemoWorld> {
  const { folder, ports, federation, clock } = options
  const keys = await ensureKeys(folder, clock())
  const secret = await ensureSecret(folder)
  const iamUsers = options.iamUsers && demoIamUsers(secret)
  const local = (port: number) => `http://localhost:${port}`
  const tls = options.https ? await ensureAuthority(folder, clock()) : undefined
  const bridge = tls ? `https://localhost:${ports.bridge}` : local(ports.bridge)
  const urls = { bridge, idp: local(ports.idp), sts: local(ports.sts) }
  const acsUrl = `${urls.bridge}/saml/acs`
  const idp = createDemoIdp({
    baseUrl: urls.idp,
    ...keys['demo-idp'],
    clock,
    // In passthrough IAM reads our name as the audience of the response, so it is AWS's.
    sp: {
      entityId: federation === 'passthrough' ? 'urn:amazon:webservices' : `${urls.bridge}/saml/metadata`,
      acsUrl,
    },
    ...(options.openId && { openId: openIdClient(urls.bridge) }),
    ...(options.people && { people: options.people }),
    response: options.response ?? (federation === 'passthrough' ? { passthrough: {} } : {}),
  })
  const platform = await createDemoPlatform(`${urls.idp}/workloads`, clock)
  const sts = createLocalSts({
    baseUrl: urls.sts,
    clock,
    state: awsState(federation, urls, acsUrl, { platform, iamUsers, authority: tls?.authority }),
  })
  const servers: Server[] = []
  try {
    servers.push(
      (await listenOnLoopback(express().use('/workloads', platform.router).use(idp), ports.idp)).server,
    )
    servers.push((await listenOnLoopback(sts.app, ports.sts)).server)
  } catch (error) {
    await closeAll(servers)
    throw error
  }
  const configFile = join(folder, 'rolebridge.yaml')
  if (iamUsers)
    await writeIamUsers(folder, iamUsers, { sts: urls.sts, program: options.iamUsers?.program ?? [] })
  const text = demoConfig({
    urls,
    port: ports.bridge,
    federation,
    secret,
    ...(options.openId && { openId: openIdClient(bridge) }),
    ...(tls && { tls: tls.names }),
    iamUsers: iamUsers !== undefined,
  })
  await writeFile(configFile, text, { mode: 0o600 })
  const authorityFile = tls && { authorityFile: join(folder, tls.names.authority) }
  return { configFile, ...authorityFile, urls, sts, platform, close: () => closeAll(servers) }
}

function openIdClient(bridge: string): OpenIdClient {
  return {
    clientId: 'rolebridge',
    clientSecret: 'known to everybody',
    redirectUri: `${bridge}/oidc/callback`,
    postLogoutRedirectUri: `${bridge}/oidc/signed-out`,
    backchannelLogoutUri: `${bridge}/oidc/backchannel-logout`,
  }
}

/** IAM's side: it reads the metadata of whoever it trusts when that is first needed. */
function awsState(
  federation: DemoWorldOptions['federation'],
  urls: DemoWorld['urls'],
  acsUrl: string,
  more: {
    readonly platform: DemoPlatform
    readonly iamUsers: DemoIamUsers | undefined
    readonly authority: string | undefined
  },
) {
  const { platform, iamUsers, authority } = more
  const load = (url: string) => () => fetchText(url, authority)
  const common = {
    workloads: { ...platform, audiences: [urls.bridge, 'sts.amazonaws.com'] },
    ...(iamUsers && { iamUsers }),
  }
  return federation === 'reissue'
    ? demoAws({ ...common, reissue: { metadata: load(`${urls.bridge}/aws/metadata.xml`) } })
    : demoAws({ ...common, passthrough: { metadata: load(`${urls.idp}/metadata`), acsUrl } })
}

/** The same secret at every start, so that sign-ins survive a restart of the demo. */
async function ensureSecret(folder: string): Promise<string> {
  const file = join(folder, 'secret')
  const kept = await readFile(file, 'utf8').catch(() => '')
  if (kept.length >= 32) return kept
  const made = randomBytes(32).toString('base64url')
  await writeFile(file, made, { mode: 0o600 })
  return made
}

async function closeAll(servers: readonly Server[]): Promise<void> {
  await Promise.all(
    servers.map((server) => {
      const closed = new Promise((resolve) => server.close(resolve))
      server.closeAllConnections()
      return closed
    }),
  )
}
