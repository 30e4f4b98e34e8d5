import { z } from 'zod'
import { channelKinds } from './channels/index.ts'
import { type Occasion, occasions } from './channels/message.ts'
import { digestTime } from './digest.ts'
import { receiverUrl, signingSecrets } from './options.ts'

const usual: readonly Occasion[] = occasions.filter((one) => one !== 'withdrawn' && one !== 'unlocked')

const channel = z
  .strictObject({
    kind: z.enum(channelKinds),
    name: z
      .string()
      .regex(/^[a-z0-9][a-z0-9_-]{0,39}$/, 'is no name: small letters, digits, - and _, at most 40')
      .optional(),
    url: receiverUrl,
    secret: signingSecrets.optional(),
    on: z
      .array(z.enum(occasions))
      .min(1, 'names nothing')
      .default([...usual]),
    digest: digestTime.optional(),
  })
  .superRefine(({ kind, secret }, context) => {
    const say = (message: string) => context.addIssue({ code: 'custom', path: ['secret'], message })
    if (kind === 'webhook' && secret === undefined)
      say(
        'is missing: who receives it must be able to tell who sends; echo "whsec_$(openssl rand -base64 32)"',
      )
    if (kind !== 'webhook' && secret !== undefined)
      say(`has no place here: ${kind} knows a message by its address alone`)
  })
  .transform((options) => ({ ...options, name: options.name ?? options.kind }))

/** `notify` of the configuration: who is told when something waits for them, or went round them. */
export const notifyOptions = z
  .array(channel)
  .max(20)
  .superRefine((all, context) => {
    for (const [index, { name }] of all.entries())
      if (all.findIndex((other) => other.name === name) < index)
        context.addIssue({
          code: 'custom',
          path: [index],
          message: `is called "${name}" like one above; give each a name of its own`,
        })
  })
export type NotifyOptions = z.output<typeof notifyOptions>[number]
