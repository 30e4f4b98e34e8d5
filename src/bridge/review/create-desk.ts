import { setImmediate } from 'node:timers/promises'
import { Refusal, type RequestContext, type Session } from '../../core/index.ts'
import type { NewEvent } from '../../events/index.ts'
import { circumstances, subject } from '../audit.ts'
import { officesOf } from '../decide/offices.ts'
import type { ExportLine, ReviewDesk, ReviewWish } from './desk.ts'
import { findingsOf } from './findings.ts'
import { heldBy } from './held.ts'
import { aroundOf, makeReview } from './make-review.ts'
import {
  type Asked,
  accountSubject,
  type Known,
  personSubject,
  refuseUnknown,
  ruleSubject,
} from './make-subject.ts'
import type { ReviewParts } from './parts.ts'
import { asksAll, checkQuestion, type ReviewQuestion, refuseSlips } from './question.ts'
import type { Run, Runs } from './runs.ts'
import { sign } from './sign.ts'
import { pageOfSignOffs, placeIn } from './sign-off-pages.ts'
import { changesSince, personId, type SignOff } from './sign-offs.ts'
import { shownOfPerson } from './subjects.ts'
import { askedOf, turn, type Walked, walk } from './walk.ts'

/** Milliseconds that one waits for a review that others do not show the way of. */
const patience = 20_000

/** The desk over who was seen, the policy and the history. */
export function createReviewDesk(parts: ReviewParts): ReviewDesk {
  /** A double click: whoever presses again while it is written waits for that. */
  const pressed = new Map<string, Promise<SignOff>>()
  const { configuration } = parts.reviewed
  // Nobody else keeps anything there.
  const walks = parts.walks as Runs<Walked>
  const walked = (question: ReviewQuestion, wait: number) =>
    walks({ configuration, key: keyOf(question) }, (tell) => walk(parts, question, tell), wait)

  async function known(asked: Asked): Promise<Known> {
    const { kind, days, id } = asked
    if (kind === 'person') return personSubject(parts, asked)
    refuseUnknown(parts, asked)
    const question: ReviewQuestion = kind === 'rule' ? { days } : { days, account: id }
    const found = done(await walked(question, patience))
    return kind === 'rule' ? ruleSubject(parts, asked, found) : accountSubject(parts, asked, found)
  }

  const tellRead = (
    actor: Session,
    what: NewEvent<'review_read'>['what'],
    filter: object,
    context: RequestContext,
  ) =>
    parts.events.emit({
      type: 'review_read',
      ...circumstances(context),
      ...subject(actor),
      what,
      filter: { ...filter },
    })

  return {
    look: async (actor, question, wish, context) => {
      await allow(parts, actor)
      checkQuestion(question)
      refuseSlips(question, parts.reviewed)
      const from = placeOf(wish)
      const all = await walked({ days: question.days }, wish.patience)
      if (all.state === 'under_way') return all
      const asked = asksAll(question) ? all : await walked(question, wish.patience)
      if (asked.state === 'under_way') return asked
      await tellRead(actor, 'review', { ...question, ...(from > 0 && { from }) }, context)
      const around = await aroundOf(parts)
      const findings = findingsOf(all.value, around)
      const review = await makeReview(parts, asked.value, { around, findings, limit: wish.limit, from })
      return { state: 'done', review }
    },
    subject: async (actor, what, context) => {
      await allow(parts, actor)
      checkQuestion({ days: what.days })
      const { subject: about, refuse } = await known(what)
      await tellRead(actor, what.kind, { id: what.id, name: about.name }, context)
      return { ...about, ...(await refusedTo(refuse(actor, context))) }
    },
    signOff: async (actor, wish, context) => {
      await allow(parts, actor)
      checkQuestion({ days: wish.days })
      const press = JSON.stringify([actor.id, context.agent, wish])
      const going = pressed.get(press)
      if (going !== undefined) return going
      // What is there is read within: read before, it may lack what the first click has kept meanwhile.
      const signing = known(wish)
        .then((about) => sign(parts, actor, about, wish, context))
        .finally(() => pressed.delete(press))
      pressed.set(press, signing)
      return signing
    },
    signOffs: async (actor, { decision, limit, cursor }, context) => {
      await allow(parts, actor)
      const after = cursor === undefined ? undefined : placeIn(cursor)
      await tellRead(actor, 'sign_offs', { decision, ...(cursor !== undefined && { cursor }) }, context)
      return pageOfSignOffs(parts.reviews, { decision, limit, after })
    },
    take: async (actor, question, format, context) => {
      await allow(parts, actor)
      checkQuestion(question)
      refuseSlips(question, parts.reviewed)
      const all = done(await walked({ days: question.days }, patience))
      const found = asksAll(question) ? all : done(await walked(question, patience))
      const around = await aroundOf(parts)
      const review = await makeReview(parts, found, {
        around,
        findings: findingsOf(all, around),
        limit: 0,
        from: 0,
      })
      const event = { ...circumstances(context), ...subject(actor) }
      await parts.events.emit({
        type: 'review_exported',
        ...event,
        ...{ format, filter: { ...question }, people: found.rows.length },
      })
      return { review, lines: lines(parts, question, found) }
    },
  }
}

/** Order of its keys aside, one question is one. */
const keyOf = (question: ReviewQuestion) =>
  JSON.stringify(
    Object.fromEntries(
      Object.entries(question)
        .filter(([, value]) => value !== undefined && value !== false)
        .sort(([a], [b]) => (a < b ? -1 : 1)),
    ),
  )

function done(run: Run<Walked>): Walked {
  if (run.state === 'done') return run.value
  throw new Refusal('review_under_way', `${run.people} of ${run.of} people so far`, {
    say: `The review is being made: ${run.people} of ${run.of} people so far. Please ask again in a moment.`,
    retryAfter: 5,
  })
}

function placeOf({ cursor }: ReviewWish): number {
  if (cursor === undefined) return 0
  if (/^\d{1,6}$/.test(cursor)) return Number(cursor)
  throw new Refusal('invalid_request', 'the cursor is none of ours', {
    say: 'cursor must be the “next” of an answer before.',
  })
}

async function refusedTo(refusing: Promise<void>): Promise<{ refused?: string }> {
  try {
    await refusing
    return {}
  } catch (error) {
    if (error instanceof Refusal) return { refused: error.say }
    throw error
  }
}

/** Throws for whoever has no office, and for one who asks without end: it counts as all questions about people do. */
async function allow(parts: ReviewParts, actor: Session): Promise<void> {
  if (officesOf(parts, actor).length > 0) return void (await parts.lookups(actor))
  throw new Refusal('not_entitled', `${actor.identity.user.slice(0, 200)} has no office`, {
    say: 'Only auditors and administrators may review what others have.',
  })
}

/** Looks each person up again: no more than one of them is held. */
async function* lines(
  parts: ReviewParts,
  question: ReviewQuestion,
  { rows }: Walked,
): AsyncGenerator<ExportLine, void, undefined> {
  for (const [index, { ref }] of rows.entries()) {
    // A store that answers from memory never lets others come in between.
    if (index % turn === 0) await setImmediate()
    const seen = await parts.seen.get(ref)
    if (seen === undefined) continue
    const held = await heldBy(parts, seen, question.days)
    const signOff = (await parts.reviews.get(personId(seen)))?.signOffs[0]
    const changed = signOff && changesSince(signOff, shownOfPerson(parts.reviewed, held)) !== undefined
    const { user, provider } = seen.identity
    for (const grant of askedOf(question, held))
      yield { user, provider, grant, signOff, changed: changed === true }
  }
}
