import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { loadConfig } from '../src/config.ts'
import {
  addRole,
  type DemoPerson,
  type DemoWorld,
  type DemoWorldOptions,
  startDemoWorld,
} from '../src/demo/index.ts'
import { createLog } from '../src/events/index.ts'
import { type Running, serve } from '../src/main.ts'
import { freePort } from './free-port.ts'

/** The whole product on loopback: bridge, demo identity provider, local STS, one clock that tests may move. */
export interface Stage {
  readonly world: DemoWorld
  readonly running: Running
  readonly url: string
  /** Puts a role with one statement of trust into the local STS. */
  role(arn: string, trust: object, maxSessionDuration?: number): void
  /** Moves the clock of everything by seconds. */
  advance(seconds: number): void
  now(): number
  /** What the operator saw. */
  readonly log: string[]
  /** The audit trail so far, oldest first. */
  audit(): Promise<Record<string, unknown>[]>
  /** Stops the bridge and starts it again on the same data. */
  restart(): Promise<void>
  close(): Promise<void>
}

export interface StageOptions {
  readonly federation?: DemoWorldOptions['federation']
  readonly people?: DemoWorldOptions['people']
  /** The bridge by TLS, with a throw-away authority in `world.authorityFile`. */
  readonly https?: boolean
  readonly response?: DemoWorldOptions['response']
  /** OpenID Connect beside SAML. */
  readonly openId?: boolean
  /** Changes the configuration before it is read. */
  readonly config?: (yaml: string) => string
  /** Puts files into its folder first. */
  readonly prepare?: (folder: string) => Promise<void>
}

/** Somebody of no importance, without a second factor. */
export const somebody = (username: string, ...groups: string[]): DemoPerson => ({
  username,
  displayName: username,
  email: `${username}@corp.example`,
  department: 'x',
  groups,
  mfa: false,
})

/** The demo's configuration with these rules, and what follows them, in place of its own. */
export const withRules = (rules: string) => (yaml: string) => yaml.replace(/^rules:[\s\S]*/m, () => rules)

const stages = new Map<string, Stage>()

/** The stage that runs at this origin, for helpers that only know a page. */
export const stageAt = (url: string) => stages.get(new URL(url).origin)

export async function startStage(options: StageOptions = {}): Promise<Stage> {
  const folder = await mkdtemp(join(tmpdir(), 'rolebridge-stage-'))
  let offset = 0
  const clock = () => Date.now() + offset
  const [bridge, idp, sts] = [await freePort(), await freePort(), await freePort()]
  const world = await startDemoWorld({
    folder,
    ports: { bridge, idp, sts },
    federation: options.federation ?? 'reissue',
    clock,
    ...(options.https && { https: true }),
    ...(options.openId && { openId: true }),
    ...(options.people && { people: options.people }),
    ...(options.response && { response: options.response }),
  })
  if (options.config) {
    const yaml = await readFile(world.configFile, 'utf8')
    await writeFile(world.configFile, options.config(yaml))
  }
  await options.prepare?.(folder)
  const log: string[] = []
  const start = async () =>
    serve(loadConfig(world.configFile, process.env), {
      version: 'test',
      clock,
      log: createLog({ clock, write: (line) => void log.push(line) }),
    })
  const stage = {
    world,
    running: await start().catch(async (error: unknown) => {
      await world.close()
      throw error
    }),
    url: world.urls.bridge,
    role: (arn: string, trust: object, maxSessionDuration = 43_200) => {
      const trustPolicy = JSON.stringify({ Version: '2012-10-17', Statement: [trust] })
      addRole(world.sts.state, { arn, trustPolicy, maxSessionDuration })
    },
    advance: (seconds: number) => {
      offset += seconds * 1000
    },
    now: clock,
    log,
    audit: async () => {
      const text = await readFile(join(folder, 'audit.jsonl'), 'utf8')
      return text
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line))
    },
    restart: async () => {
      await stage.running.stop('restart')
      stage.running = await start()
    },
    close: async () => {
      stages.delete(stage.url)
      await stage.running.stop('end of test')
      await world.close()
      await rm(folder, { recursive: true, force: true })
    },
  }
  stages.set(stage.url, stage)
  return stage
}
