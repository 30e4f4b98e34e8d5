import type { Log, Subscriber } from '../events/index.ts'
import type { WebHooks } from '../web/index.ts'

/** Refusals that were told as an event and wait for their answer to go out; a flood may not fill the memory. */
const mostRemembered = 1000

/** The log of what the web refused or failed at; `told` hears events, so that no refusal stands there twice. */
export function webLog(log: Log): { readonly hooks: WebHooks; readonly told: Subscriber } {
  const told = new Set<string>()
  return {
    told: (event) => {
      if (!event.type.endsWith('_refused') || event.requestId === undefined) return
      if (told.size >= mostRemembered) told.clear()
      told.add(event.requestId)
    },
    hooks: {
      refused: ({ requestId, method, path, code, detail }) => {
        if (told.delete(requestId)) return
        // The address is a fault of the set-up that the operator should see, not the person's.
        log[code === 'client_address' ? 'warn' : 'info']('refused', { requestId, method, path, code, detail })
      },
      failed: ({ requestId, method, path, error }) =>
        log.error('failed', {
          requestId,
          method,
          path,
          error: error instanceof Error ? (error.stack ?? error.message) : String(error),
        }),
    },
  }
}
