import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'

/** A mutant may go round for ever. */
const patience = 120_000

/**
 * Runs a program of tests until the first of them fails; returns its name, undefined when all pass.
 * @param folder where the tests put what they make for a while
 */
export async function firstFailure(
  program: string,
  folder: string,
  env: NodeJS.ProcessEnv = {},
): Promise<string | undefined> {
  // A group of its own, so that what the tests start ends with them.
  const child = spawn(process.execPath, ['--test-reporter=tap', program], {
    stdio: ['ignore', 'pipe', 'ignore'],
    detached: true,
    env: { ...process.env, TMPDIR: folder, NODE_ENV: 'test', ...env },
  })
  let failed: string | undefined
  let passed = false
  const end = (why: string) => {
    failed ??= why
    if (child.pid !== undefined && child.exitCode === null) process.kill(-child.pid, 'SIGKILL')
  }
  const timer = setTimeout(() => end('the tests do not end'), patience)
  createInterface({ input: child.stdout }).on('line', (line) => {
    const [, name] = /^ *not ok \d+ - (.*)$/.exec(line) ?? []
    // The report writes \# for a # of a name.
    if (name !== undefined && !line.includes('# TODO')) end(name.replace(/\\([\\#])/g, '$1'))
    passed ||= line.startsWith('# pass ') && line !== '# pass 0'
  })
  const status = await new Promise((resolve) => child.once('close', resolve))
  clearTimeout(timer)
  if (failed !== undefined) return failed
  return status === 0 && passed ? undefined : 'the tests do not start'
}
