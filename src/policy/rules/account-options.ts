import { z } from 'zod'
import { addIssue } from './issue.ts'

const maxAccounts = 20_000
const maxTags = 100
const maxTagKey = 128
const maxTagValue = 256

/** One value, or a list of them: always becomes a list. */
export function oneOrMore<Item extends z.ZodType>(item: Item) {
  return z
    .union([item, z.array(item).min(1, 'is empty; name at least one')])
    .transform((value) => [value].flat())
}

/** What YAML reads as a number or as true and false is text all the same. */
export const scalar = z.union([z.string(), z.number(), z.boolean()]).transform(String)

/** Visible text: what people read in lists and compare by eye. */
const isShown = (text: string) => !/[\p{C}\p{Zl}\p{Zp}]/u.test(text)

const tagOptions = z.record(z.string(), scalar).superRefine((tags, context) => {
  const keys = Object.keys(tags)
  if (keys.length > maxTags) addIssue(context, { path: [], message: `has more than ${maxTags} tags` })
  for (const key of keys) {
    if (key === 'not')
      addIssue(context, { path: [key], message: 'is no tag: in rules `not` takes away', aboutKey: true })
    else if (key === '' || key.length > maxTagKey || !isShown(key)) {
      const message = `is no tag: 1 to ${maxTagKey} characters that can be seen`
      addIssue(context, { path: [key], message, aboutKey: true })
    }
    const value = tags[key] ?? ''
    if (value === '' || value.length > maxTagValue || !isShown(value))
      addIssue(context, { path: [key], message: `must be 1 to ${maxTagValue} characters that can be seen` })
  }
})

/** `accounts:`: what people see instead of twelve digits, and what rules choose accounts by. */
export const accountOptions = z
  .record(
    z.string().regex(/^\d{12}$/, 'is no account id: twelve digits, in quotes'),
    z.strictObject({
      name: z
        .string()
        .min(1)
        .max(128)
        .refine((text) => isShown(text) && text.trim() !== '', 'must be characters that can be seen'),
      color: z
        .string()
        .regex(/^(?:[a-z]{3,20}|#[0-9a-fA-F]{6})$/, 'is no color such as red or #c00000')
        .optional(),
      region: z
        .string()
        .regex(/^[a-z]{2,4}(?:-[a-z]+)+-\d{1,2}$/, 'is no region such as eu-west-1')
        .optional(),
      tags: tagOptions.default({}),
    }),
  )
  .refine((all) => Object.keys(all).length <= maxAccounts, `names more than ${maxAccounts} accounts`)
export type AccountOptions = z.output<typeof accountOptions>

type Tags = Readonly<Record<string, readonly string[]>>

/** Which accounts a rule means, as it was written: by name, by tags, or all that there are. */
interface Choice {
  /** Ids and names; undefined: not by name. */
  readonly named?: readonly string[]
  /** All must be there, each with one of the values. */
  readonly tags: Tags
}

export interface AccountSelection extends Choice {
  /** Taken away again. */
  readonly not?: Choice
}

const names = z.union([z.string().min(1), z.array(z.string().min(1)).min(1, 'is empty; name at least one')])
const tagValues = oneOrMore(scalar)

function choiceOf(written: string | readonly string[] | Tags): Choice {
  if (written === '*') return { tags: {} }
  if (typeof written === 'string') return { named: [written], tags: {} }
  return Array.isArray(written) ? { named: written, tags: {} } : { tags: written as Tags }
}

/** `accounts:` of a rule: `'*'`, ids and names, or tags; `not` beside tags takes away. */
export const selectionOptions = z
  .union([
    names,
    z
      .object({ not: z.union([names, z.record(z.string(), tagValues)]).optional() })
      .catchall(tagValues)
      .refine((block) => Object.keys(block).length > 0, "is empty; write '*' for all accounts"),
  ])
  .transform((written): AccountSelection => {
    if (typeof written === 'string' || Array.isArray(written)) return choiceOf(written)
    const { not, ...tags } = written
    return { tags, ...(not !== undefined && { not: choiceOf(not) }) }
  })
