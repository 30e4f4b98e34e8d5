import { spawn } from 'node:child_process'
import { cliError, exit } from '../command.ts'
import { ask } from '../terminal/ask.ts'
import { canAsk } from '../terminal/terminal.ts'

/** Where the six digits come from. */
export interface CodeSource {
  /** False when the same code would come again. */
  readonly again: boolean
  next(): Promise<string>
}

/** Milliseconds for a program that shows a code; somebody may have to touch a key. */
const patience = 60_000

/** A code that was typed, one that a program prints, or one that is asked for at the terminal; undefined: none of them. */
export function codeSource(
  given: { readonly code?: string | undefined; readonly codeCommand?: string | undefined },
  device: string,
): CodeSource | undefined {
  const { code, codeCommand } = given
  if (code !== undefined) return { again: false, next: async () => sixDigits(code, '--code') }
  if (codeCommand !== undefined) return { again: false, next: () => fromCommand(codeCommand) }
  return canAsk() ? { again: true, next: () => fromTerminal(device) } : undefined
}

function sixDigits(text: string, where: string): string {
  const digits = text.replace(/\s/g, '')
  if (/^\d{6}$/.test(digits)) return digits
  throw cliError(exit.badUsage, `${where} gives no code: it is six digits, and nothing else.`)
}

/** What the program prints may have words around the code; two numbers of six digits are one too many. */
function fromCommand(command: string): Promise<string> {
  const child = spawn(command, { shell: true, stdio: ['ignore', 'pipe', 'inherit'], timeout: patience })
  let text = ''
  child.stdout.on('data', (more) => {
    text = (text + more).slice(0, 10_000)
  })
  return new Promise((resolve, reject) => {
    child.once('error', () => reject(cliError(exit.badUsage, 'The program of --code-command cannot be run.')))
    child.once('close', (status, signal) => {
      if (status !== 0) {
        const how = signal === null ? `with ${status}` : 'without an answer in a minute'
        return reject(cliError(exit.badUsage, `The program of --code-command ended ${how}.`))
      }
      const found = [...new Set(text.match(/(?<!\d)\d{6}(?!\d)/g))]
      if (found.length === 1) return resolve(found[0] ?? '')
      reject(cliError(exit.badUsage, 'The program of --code-command printed no single number of six digits.'))
    })
  })
}

/** What is no code is asked for again. */
function fromTerminal(device: string): Promise<string> {
  const read = (text: string) =>
    /^\d{3}\s?\d{3}$/.test(text) ? { value: text.replace(/\s/g, '') } : { fault: '' }
  return ask<string>(`Code of ${device}:`, read, 'No code was given.')
}
