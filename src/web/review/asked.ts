import type { Request } from 'express'
import type { ReviewQuestion } from '../../bridge.ts'
import { Refusal } from '../../core/index.ts'
import { field } from '../request.ts'

const standardDays = 90

/** The fields of the form as somebody filled them in, whether they make a question or not. */
export function typedIn({ query }: Request) {
  const text = (name: string) => field(query, name, 512)?.trim() || undefined
  return {
    days: text('days') ?? String(standardDays),
    person: text('person'),
    account: text('account'),
    tag: text('tag'),
    role: text('role'),
    rule: text('rule'),
    unused: text('unused'),
  }
}

export type Typed = ReturnType<typeof typedIn>

/** What a request asks a review about. */
export function questionIn(request: Request): ReviewQuestion {
  const { days, unused, ...filters } = typedIn(request)
  return { ...filters, days: daysIn(days), unused: switchIn(unused) }
}

function switchIn(text: string | undefined): true | undefined {
  if (text === 'true') return true
  if (text === undefined || text === 'false') return undefined
  throw new Refusal('invalid_request', 'unused is no switch', { say: 'unused must be true or false.' })
}

export const decisions = ['kept', 'to_be_removed'] as const

/** What somebody says of roles; throws for anything else. */
export function decisionIn(text: string | undefined): (typeof decisions)[number] {
  const decision = decisions.find((one) => one === text)
  if (decision !== undefined) return decision
  throw new Refusal('invalid_request', 'no such decision', {
    say: `decision must be ${decisions.join(' or ')}.`,
  })
}

/** How many days a review looks back: 90 where nobody says. */
export function daysIn(text: string | undefined): number {
  if (text === undefined) return standardDays
  if (/^\d{1,4}$/.test(text)) return Number(text)
  throw new Refusal('invalid_request', 'days is no number', { say: 'days must be a whole number of days.' })
}

/** The same question in an address; without what is the standard. */
export function searchOf(question: ReviewQuestion, more: Readonly<Record<string, string>> = {}): string {
  const { days, ...filters } = question
  const given = Object.entries({ ...filters, ...more }).flatMap(([name, value]): [string, string][] =>
    value === undefined || value === false ? [] : [[name, String(value)]],
  )
  const all = [...(days === standardDays ? [] : [['days', String(days)] as [string, string]]), ...given]
  return all.length === 0 ? '' : `?${new URLSearchParams(all)}`
}
