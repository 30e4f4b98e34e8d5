import { type ChildProcess, type StdioOptions, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type DemoWorld, type DemoWorldOptions, startDemoWorld } from '../src/demo/index.ts'
import { verifyChain } from '../src/events/index.ts'
import { builtProgram } from './built-program.ts'
import { freePort } from './free-port.ts'

/** The program `rolebridge serve` in a process of its own, with an identity provider and a local STS around it. */
export interface OwnProcess {
  readonly child: ChildProcess
  readonly folder: string
  readonly url: string
  readonly world: DemoWorld
  /** What it wrote to standard error so far. */
  said(): string
  /** Its audit file, and whether the chain in it is whole. */
  trail(): Promise<{ readonly text: string; readonly whole: boolean }>
  /** Sends a signal and resolves with the exit code. */
  end(signal?: NodeJS.Signals): Promise<number | null>
  /** Starts it anew in the same folder, after it ended. */
  again(): Promise<void>
  close(): Promise<void>
}

export async function startProcess(options: {
  readonly config?: (yaml: string) => string
  readonly people?: DemoWorldOptions['people']
  /** Puts files into its folder first. */
  readonly prepare?: (folder: string) => Promise<void>
  readonly args?: readonly string[]
  /** Options of Node. */
  readonly node?: readonly string[]
  readonly stdout?: 'ignore' | 'pipe' | number
}): Promise<OwnProcess> {
  const folder = await mkdtemp(join(tmpdir(), 'rolebridge-process-'))
  const ports = { bridge: await freePort(), idp: await freePort(), sts: await freePort() }
  const world = await startDemoWorld({
    ...{ folder, ports, federation: 'reissue', clock: Date.now },
    ...(options.people && { people: options.people }),
  })
  const yaml = await readFile(world.configFile, 'utf8')
  await writeFile(world.configFile, options.config?.(yaml) ?? yaml)
  await options.prepare?.(folder)
  const program = [await builtProgram(), 'serve', '--config', world.configFile]
  const stdio: StdioOptions = ['ignore', options.stdout ?? 'ignore', 'pipe']
  const args = [...(options.node ?? []), ...program, ...(options.args ?? [])]
  const launch = () => spawn(process.execPath, args, { stdio })
  let child = launch()
  let exited = once(child, 'exit')
  let said = ''
  const end = async (signal: NodeJS.Signals = 'SIGTERM') => {
    if (child.exitCode === null && child.signalCode === null) child.kill(signal)
    const [code] = await exited
    return code
  }
  const trail = async () => {
    const file = join(folder, 'audit.jsonl')
    return { text: await readFile(file, 'utf8'), whole: (await verifyChain(file)).ok }
  }
  const close = async () => {
    await end('SIGKILL')
    await world.close()
    await rm(folder, { recursive: true, force: true })
  }
  const serves = () =>
    new Promise<void>((resolve, reject) => {
      said = ''
      child.stderr?.on('data', (chunk) => {
        said += chunk
        if (/Rolebridge \S+ serves /.test(said)) resolve()
      })
      child.once('exit', (code) => reject(new Error(`it ended with ${code}: ${said}`)))
    })
  const again = async () => {
    await exited
    child = launch()
    exited = once(child, 'exit')
    await serves()
  }
  await serves().catch(async (error) => {
    await close()
    throw error
  })
  return {
    get child() {
      return child
    },
    ...{ folder, url: world.urls.bridge, world, said: () => said, trail, end, again, close },
  }
}
