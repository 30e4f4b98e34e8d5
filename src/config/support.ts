import { z } from 'zod'
import { isPurpose, type Support } from '../core/index.ts'

const email = z
  .string()
  .max(254)
  .regex(/^[\w.!#$%&'*+/=?^`{|}~-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*$/, 'is no mail address')

const url = z
  .string()
  .max(2000)
  .refine((text) => URL.canParse(text) && new URL(text).protocol === 'https:', 'must be an https:// address')

/** `support:`: becomes a name and, where there is one, a link that a browser may follow. */
export const supportOptions = z
  .strictObject({
    name: z.string().max(100).refine(isPurpose, 'must be one line of text'),
    email: email.optional(),
    url: url.optional(),
  })
  .transform(({ name, email, url }): Support => {
    const href =
      url ?? (email === undefined ? undefined : `mailto:${encodeURIComponent(email).replace('%40', '@')}`)
    return { name, ...(href !== undefined && { href }) }
  })
