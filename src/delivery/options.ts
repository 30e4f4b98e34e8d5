import { z } from 'zod'
import { isOwnMachine } from '../outgoing/index.ts'
import { formatNames } from './bodies.ts'
import { signingSecret } from './signature.ts'

/** Where things are posted to. Whoever writes the configuration may name any host; its path may be a secret. */
export const receiverUrl = z.string().superRefine((text, context) => {
  const fault = urlFault(text)
  if (fault !== undefined) context.addIssue({ code: 'custom', message: fault })
})

function urlFault(text: string): string | undefined {
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (url === undefined || !/^https?:$/.test(url.protocol))
    return 'is no URL; write for example https://logs.corp.example/rolebridge'
  if (url.protocol === 'http:' && !isOwnMachine(url.hostname))
    return 'must be https, except for this machine: others could read along'
  if (url.username !== '' || url.password !== '')
    return 'has a user or password in it, which proxies and logs would see; use authorization'
  return undefined
}

/** One secret, or several while receivers learn a new one: each signs. */
export const signingSecrets = z
  .union([signingSecret, z.array(signingSecret).min(1, 'names no secret').max(5)])
  .transform((value): readonly string[] => [value].flat())

/** `audit.webhook` of the configuration: a copy of the trail, pushed to where it cannot be changed. */
export const webhookOptions = z
  .strictObject({
    url: receiverUrl,
    /** Signs each request as Standard Webhooks says. */
    secret: signingSecrets.optional(),
    /** The header `Authorization`, as a whole. */
    authorization: z
      .string()
      .max(4096)
      .regex(/^[\x21-\x7e]+(?: [\x21-\x7e]+)*$/, 'is no value of a header')
      .optional(),
    format: z.enum(formatNames).default('ndjson'),
    /** Events a request. */
    batch: z.number().int().min(1).max(1000).default(200),
    /** What cannot be queued is refused, as with a full disk under the trail. */
    required: z.boolean().default(false),
  })
  .refine(({ secret, authorization }) => secret !== undefined || authorization !== undefined, {
    message: 'needs secret or authorization: else the receiver cannot tell who sends',
  })
export type WebhookOptions = z.output<typeof webhookOptions>

/** `delivery` of the configuration: where things wait that are pushed to others. */
export const deliveryOptions = z.strictObject({
  folder: z.string().min(1).max(1024).optional(),
  /** Megabytes that may wait for one receiver. */
  limit: z.number().int().min(1).max(100_000).default(256),
})
