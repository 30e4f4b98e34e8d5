import type { Log } from '../app.ts'

/** What a process does when it is sent SIGHUP, which would end it without draining. */
export interface Hangups {
  /** From now on it reads the configuration again; at once when one came before. */
  serve(reload: () => Promise<unknown>): void
  /** From now on it only says that it is too late. */
  ending(): void
}

/** Hears SIGHUP from the first moment of a process to its last. */
export function hearHangups(log: Log): Hangups {
  let cameEarly = false
  let heard = () => {
    cameEarly = true
  }
  process.on('SIGHUP', () => heard())
  return {
    serve(reload) {
      heard = () => void reload()
      if (cameEarly) heard()
    },
    ending() {
      heard = () => log.warn('SIGHUP changes nothing any more: the bridge is ending')
    },
  }
}
