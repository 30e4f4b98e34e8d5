import { createInterface } from 'node:readline'
import { cliError, exit } from '../command.ts'
import { say } from './terminal.ts'

/**
 * Asks for one line on stderr, so that stdout stays data. What `read` turns down is asked for again, with its reason;
 * no line at all is an error that says `nothing`.
 */
export function ask<T>(
  question: string,
  read: (text: string) => { readonly value: T } | { readonly fault: string },
  nothing: string,
): Promise<T> {
  const lines = createInterface({ input: process.stdin, output: process.stderr, terminal: true })
  return new Promise((resolve, reject) => {
    const next = () =>
      lines.question(`${question} `, (text) => {
        const answer = read(text.trim())
        if (!('fault' in answer)) {
          resolve(answer.value)
          return lines.close()
        }
        // Not a part of the question, which readline draws again at each key.
        if (answer.fault !== '') say(answer.fault)
        next()
      })
    lines.once('SIGINT', () => {
      reject(cliError(exit.interrupted, ''))
      lines.close()
    })
    lines.once('close', () => reject(cliError(exit.badUsage, nothing)))
    next()
  })
}
