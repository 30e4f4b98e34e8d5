import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process'
import { cp, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { buildCli } from '../../scripts/build-cli.mjs'
import { decide } from '../flows/program.ts'
import { Person } from '../person.ts'
import type { Stage } from '../stage.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))

/** How a run of the command line ended. */
export interface Ended {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

/** The bundle as people get it, with a home folder of its own. */
export interface CommandLine {
  /** The entry of the bundle, or the executable. */
  readonly program: string
  readonly home: string
  readonly env: NodeJS.ProcessEnv
  run(args: readonly string[], env?: NodeJS.ProcessEnv): Promise<Ended>
  start(args: readonly string[], options?: SpawnOptions): ChildProcess
  /** The same program and, to begin with, the same memory, in another home. */
  copy(): Promise<CommandLine>
  close(): Promise<void>
}

/** Bundles the command line into a folder beside the packages it loads. */
export async function buildCommandLine(): Promise<CommandLine> {
  const home = await mkdtemp(join(tmpdir(), 'rolebridge-home-'))
  // Whoever takes a check away has built the program without it.
  const node = [process.execPath]
  if (process.env.BUILT_CLI)
    return commandLine(node, join(process.env.BUILT_CLI, 'cli.cjs'), home, async () => {})
  const folder = await mkdtemp(join(root, 'node_modules', '.rolebridge-cli-'))
  await buildCli(folder)
  return commandLine(node, join(folder, 'cli.cjs'), home, () => rm(folder, { recursive: true, force: true }))
}

/** A program that starts by itself, with a home folder of its own. */
export async function standAlone(program: string): Promise<CommandLine> {
  return commandLine([], program, await mkdtemp(join(tmpdir(), 'rolebridge-home-')), async () => {})
}

function commandLine(
  node: readonly string[],
  program: string,
  home: string,
  cleanUp: () => Promise<void>,
): CommandLine {
  const env: NodeJS.ProcessEnv = {
    PATH: process.env.PATH,
    HOME: home,
    XDG_STATE_HOME: join(home, 'state'),
    ROLEBRIDGE_TOKENS: 'file',
  }
  const [first, ...words] = [...node, program]
  const start: CommandLine['start'] = (args, options = {}) =>
    spawn(first ?? program, [...words, ...args], {
      stdio: ['ignore', 'pipe', 'pipe'],
      ...options,
      env: { ...env, ...options.env },
    })
  return {
    program,
    home,
    env,
    start,
    run: (args, more) => ended(start(args, more ? { env: more } : {})),
    copy: async () => {
      const other = await mkdtemp(join(tmpdir(), 'rolebridge-home-'))
      await cp(home, other, { recursive: true })
      return commandLine(node, program, other, async () => {})
    },
    close: async () => {
      await rm(home, { recursive: true, force: true })
      await cleanUp()
    },
  }
}

/** Collects what a process says until it ends. */
export function ended(child: ChildProcess): Promise<Ended> {
  let [stdout, stderr] = ['', '']
  child.stdout?.on('data', (text) => {
    stdout += text
  })
  child.stderr?.on('data', (text) => {
    stderr += text
  })
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (code) => resolve({ code, stdout, stderr }))
  })
}

/** Resolves with the match once a process has said it on stderr; rejects when it ends before. */
export function said(child: ChildProcess, pattern: RegExp): Promise<RegExpExecArray> {
  return new Promise((resolve, reject) => {
    let text = ''
    child.stderr?.on('data', (more) => {
      text += more
      const found = pattern.exec(text)
      if (found) resolve(found)
    })
    child.once('close', () => reject(new Error(`it ended without ${pattern}: ${text}`)))
  })
}

/** Signs in by the device flow; a person decides in a browser without scripts. Answers what the program said. */
export async function logIn(
  cli: CommandLine,
  stage: Stage,
  name: string,
  args: readonly string[] = [],
  decision: 'approve' | 'deny' = 'approve',
) {
  const child = cli.start(['login', '--url', stage.url, ...args])
  const done = ended(child)
  const [address] = await said(child, /https?:\/\/\S*\/device\S*/)
  const person = new Person()
  const page = await person.signIn(stage.url, name, name, address.slice(stage.url.length))
  const answer = await person.follow(await decide(person, page, decision))
  return { ...(await done), page, answer }
}

/** Waits until a moment that another process brings about. */
export async function until(what: () => boolean, milliseconds = 10_000): Promise<void> {
  const end = performance.now() + milliseconds
  while (!what()) {
    if (performance.now() > end) throw new Error(`it did not come about: ${what}`)
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
}

/** Where the command line remembers things. */
export const folderOf = (cli: CommandLine) => join(cli.home, 'state', 'rolebridge')
