import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { builtProgram } from '../built-program.ts'
import { buildCommandLine, until } from '../cli/command-line.ts'
import { blocksOf } from '../docs/blocks.ts'
import { decide } from '../flows/program.ts'
import { freePort } from '../free-port.ts'
import { Person } from '../person.ts'

/** A command as a page shows it, and what the page says that it answers. */
export interface Step {
  readonly command: string
  readonly answer: readonly string[]
}

const root = fileURLToPath(new URL('../..', import.meta.url))

/** What a page shows at a prompt below this heading: blocks, each with its steps. */
export function walkOf(page: string, heading: string): readonly (readonly Step[])[] {
  const [, part = ''] = readFileSync(join(root, page), 'utf8').split(`\n## ${heading}\n`)
  const [own = ''] = part.split(/\n## /)
  return blocksOf(page, own, ['console']).map(({ text }) =>
    text
      .split(/^\$ /m)
      .slice(1)
      .map((lines) => {
        const [command = '', ...answer] = lines.trimEnd().split('\n')
        return { command, answer }
      }),
  )
}

/** Whether that is what the page shows; `…` stands for anything, alone in a line for any lines. */
export function isAnswer(said: string, { answer }: Step): boolean {
  const escaped = (text: string) => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
  const lines = answer.map((line) =>
    line.trim() === '…' ? '(?:.*\\n)*' : `${line.split('…').map(escaped).join('.*')} *\\n`,
  )
  const told = said.replace(/^\s*\n/gm, '').replace(/\n?$/, '\n')
  return new RegExp(`^${lines.join('')}$`).test(told === '\n' ? '' : told)
}

/** An empty folder of somebody who has the program and the AWS CLI, and reads a page with the demo's usual ports. */
export interface Walker {
  /** Runs the step in the folder's shell; who has to sign in meanwhile is `name`. Answers what it says, on both streams. */
  take(step: Step, name?: string): Promise<string>
  /** Lets half a minute pass, in which a code becomes another. */
  wait(): Promise<void>
  close(): Promise<void>
}

export async function startWalker(aws: string): Promise<Walker> {
  const cli = await buildCommandLine()
  const home = await mkdtemp(join(tmpdir(), 'rolebridge-walk-'))
  const at = (name: string) => join(home, name)
  const port = await threePorts()
  let ahead = 0
  const pass = (seconds: number) => {
    ahead += seconds
    return writeFile(at('clock'), String(ahead))
  }
  await Promise.all([pass(0), mkdir(at('bin')), mkdir(at('empty'))])
  await symlink(aws, at('bin/aws'))
  await writeFile(at('bin/rolebridge'), program(cli.program, await builtProgram()), { mode: 0o755 })
  const env = {
    PATH: `${at('bin')}:${process.env.PATH}`,
    HOME: home,
    LANG: 'C.UTF-8',
    STATE: at('shell'),
    ROLEBRIDGE_TOKENS: 'file',
    ROLEBRIDGE_DEMO_PORT: String(port),
    AWS_PAGER: '',
    TEST_CLOCK_FILE: at('clock'),
  }
  const running: (() => Promise<unknown>)[] = []
  const shell = (command: string) => {
    const words = command.replace(/localhost:808([0-2])/g, (_all, nth) => `localhost:${port + Number(nth)}`)
    // The shell of a terminal goes on, with the variables of the commands before.
    const script = `. "$STATE" 2>/dev/null\n${words}\nstatus=$?; declare -p >"$STATE"; exit $status`
    const stdio = ['ignore', 'pipe', 'pipe'] as const
    const child = spawn('bash', ['-c', script], { cwd: at('empty'), env, stdio: [...stdio], detached: true })
    const heard = { said: '' }
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (text) => {
        heard.said += String(text).replace(
          /localhost:(\d+)/g,
          (_all, one) => `localhost:${8080 + Number(one) - port}`,
        )
      })
    const closed = once(child, 'close')
    running.push(async () => {
      if (child.pid !== undefined && child.exitCode === null) process.kill(-child.pid, 'SIGTERM')
      await closed
    })
    return { heard, closed, isOver: () => child.exitCode !== null }
  }
  const signIn = async (name: string, heard: { readonly said: string }) => {
    const [path = ''] = /\/device\?user_code=\S+/.exec(heard.said) ?? []
    const person = new Person()
    const page = await person.signIn(`http://localhost:${port}`, name, name, path)
    await decide(person, page, 'approve', () => pass(1))
  }
  return {
    async take({ command }, name) {
      const { heard, closed, isOver } = shell(command)
      if (command.startsWith('rolebridge demo'))
        await until(() => isOver() || heard.said.includes('Ctrl-C stops everything.'), 60_000)
      else {
        if (name !== undefined && command.startsWith('rolebridge login')) {
          await until(() => isOver() || /compare the code: \S+\n/.test(heard.said))
          await signIn(name, heard)
        }
        await closed
      }
      return heard.said
    },
    wait: () => pass(30),
    async close() {
      for (const end of running) await end()
      await rm(home, { recursive: true, force: true })
      await cli.close()
    },
  }
}

/**
 * The bundle; what needs the server comes from the whole program, for the bundle is not beside what tsc builds. Only the demo's
 * clock is moved: Node writes the true time into each answer, by which `mfa` judges its own.
 */
function program(bundle: string, whole: string): string {
  const movedClock = new URL('../cli/moved-clock.mjs', import.meta.url).href
  return `#!/bin/sh
case "$1" in
  demo) exec '${process.execPath}' --import '${movedClock}' '${whole}' "$@" ;;
  check) exec '${process.execPath}' '${whole}' "$@" ;;
  *) exec '${process.execPath}' '${bundle}' "$@" ;;
esac
`
}

/** The first of three ports in a row, as the demo takes them. */
async function threePorts(): Promise<number> {
  const found: number[] = []
  for (;;) {
    const [before, last] = found.slice(-2)
    const port = await freePort()
    if (before === port - 2 && last === port - 1) return before
    found.push(port)
  }
}
