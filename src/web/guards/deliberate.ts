import { createHmac, timingSafeEqual } from 'node:crypto'
import type { Request } from 'express'
import type { Web } from '../deps.ts'
import { field } from '../request.ts'

/** Milliseconds that a page must have been in front of somebody; a double click is over by then. */
const shortest = 500
/** Milliseconds after which a page is asked for anew. */
const longest = 15 * 60_000

/** Which page the button was on: the first; the first after another site's page led here; the second question. */
type Step = 'first' | 'elsewhere' | 'sure'

/** `act`: the person meant it. `show`: too soon, show the page again. `confirm`: ask once more on a page of its own. */
export type Verdict = 'act' | 'show' | 'confirm'

/**
 * The hidden fields of a form that approves something. They carry when the page was made, signed, for this browser
 * session and this `purpose` (what exactly is approved).
 */
export function deliberateFields(
  web: Web,
  request: Request,
  purpose: string,
  step: Step,
): [string, string][] {
  const made = `${step}.${web.clock()}`
  return [['shown', `${made}.${sign(web.secrets[0] ?? '', request, purpose, made)}`]]
}

/**
 * Judges a press on such a form. A page of a stranger can make somebody press a button here that they never saw: two
 * presses in quick succession, of which the first closes the window above ours. So a press counts when the page had
 * been there for a moment, and either our script vouches that the press began on the visible page (`pressed`), or
 * the person confirmed on a second page. Only our own form in this session gets here: the CSRF check was before.
 */
export function judgePress(web: Web, request: Request, purpose: string): Verdict {
  const [step, at, signature] = (field(request.body, 'shown', 256) ?? '').split('.')
  const made = `${step}.${at}`
  const ours = web.secrets.some((secret) => same(signature ?? '', sign(secret, request, purpose, made)))
  const age = web.clock() - Number(at)
  if (!ours || !(age >= shortest && age <= longest)) return 'show'
  if (step === 'sure') return 'act'
  return step === 'first' && field(request.body, 'pressed', 16) === 'here' ? 'act' : 'confirm'
}

function sign(secret: string, request: Request, purpose: string, made: string): string {
  const text = JSON.stringify(['deliberate', made, request.session.csrf ?? '', purpose])
  return createHmac('sha256', secret).update(text).digest('base64url')
}

const same = (given: string, wanted: string) =>
  given.length === wanted.length && timingSafeEqual(Buffer.from(given), Buffer.from(wanted))
