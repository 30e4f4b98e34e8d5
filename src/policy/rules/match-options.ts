import { z } from 'zod'
import { oneOrMore } from './account-options.ts'
import { checkMatch } from './check-rule.ts'
import { addIssue } from './issue.ts'

/** `match:`, `auditors:` and whatever else names people: attribute to pattern or patterns. */
export const matchOptions = z
  .record(z.string().min(1), oneOrMore(z.string()))
  .superRefine((match, context) => {
    for (const issue of checkMatch(match)) addIssue(context, issue)
  })

export type MatchOptions = z.output<typeof matchOptions>
