import { z } from 'zod'
import { exceptionFault } from './exceptions.ts'
import { proxyFault } from './proxy.ts'

/** Faults name the key, never the value: it may hold a password. */
const proxy = z.string().superRefine((text, context) => {
  const fault = text === 'none' ? undefined : proxyFault(text)
  if (fault !== undefined) context.addIssue({ code: 'custom', message: fault })
})

const exception = z.string().superRefine((text, context) => {
  const fault = exceptionFault(text)
  if (fault !== undefined) context.addIssue({ code: 'custom', message: fault })
})

/** `outgoing:` of the configuration: how the bridge reaches others. */
export const outgoingOptions = z.strictObject({
  /** `http://[user:password@]host:port`, https for TLS to the proxy itself; `none` ignores the environment. */
  proxy: proxy.optional(),
  /** Hosts that are reached without it. */
  noProxy: z.array(exception).optional(),
})
