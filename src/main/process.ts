import type { Log } from '../app.ts'

/**
 * Puts into the log what Node would print by itself: warnings, its own and those of packages, and the error that ends
 * the process.
 */
export function logProcess(log: Log, exitCode: number): void {
  process.removeAllListeners('warning')
  process.on('warning', ({ name, message }) => log.warn(message.replaceAll(/\s+/g, ' '), { name }))
  process.on('uncaughtException', (error, origin) => {
    log.error('the process ends on an error that nobody foresaw', {
      origin,
      error: error instanceof Error ? (error.stack ?? error.message) : String(error),
    })
    process.exit(exitCode)
  })
}
