import { isPurpose, longestPurpose, Refusal, type RequestContext, type Session } from '../../core/index.ts'
import { circumstances, subject } from '../audit.ts'
import type { SignOffWish } from './desk.ts'
import type { Known } from './make-subject.ts'
import type { ReviewParts } from './parts.ts'
import { decisions, keepSignOff, type SignOff } from './sign-offs.ts'

/** A double click: the same once more within so many milliseconds. */
const sameAgain = 60_000

/** Signs off: judged, then written into the trail, then kept. */
export async function sign(
  parts: ReviewParts,
  actor: Session,
  { subject: about, shown, recordId, refuse }: Known,
  wish: SignOffWish,
  context: RequestContext,
): Promise<SignOff> {
  checkWish(wish)
  await refuse(actor, context)
  if (wish.digest !== shown.digest)
    throw new Refusal('review_changed', 'what was shown is not what is there', {
      say: 'This is not what you were shown: something changed meanwhile. Please look again.',
    })
  const { user, provider } = actor.identity
  const signOff: SignOff = {
    at: parts.clock(),
    by: { user, idp: provider },
    decision: wish.decision,
    note: wish.note.trim(),
    ...{ digest: shown.digest, marks: shown.marks, people: shown.people },
  }
  const latest = about.signOffs[0]
  if (latest && isSame(latest, signOff)) return latest
  const { kind, name, idp, id } = about
  await parts.events.emit({
    type: 'review_signed_off',
    ...circumstances(context),
    ...subject(actor),
    about: kind,
    ...(kind === 'person' && { person: name, ...(idp !== undefined && { personIdp: idp }) }),
    ...(kind === 'rule' && { rule: id }),
    ...(kind === 'account' && { accountId: id }),
    decision: wish.decision,
    note: signOff.note,
    digest: shown.digest,
    days: wish.days,
    grants: shown.marks.length,
    people: shown.people,
  })
  await keepSignOff(parts.reviews, recordId, { kind, name: kind === 'person' ? name : id, idp }, signOff)
  return signOff
}

function isSame(one: SignOff, other: SignOff): boolean {
  const what = ({ by, decision, note, digest }: SignOff) =>
    JSON.stringify([by.user, by.idp, decision, note, digest])
  return what(one) === what(other) && other.at - one.at < sameAgain
}

function checkWish({ decision, note }: SignOffWish): void {
  if (!decisions.includes(decision))
    throw new Refusal('invalid_request', 'no such decision', {
      say: `decision must be ${decisions.join(' or ')}.`,
    })
  if (note.trim() !== '' && !isPurpose(note.trim()))
    throw new Refusal('invalid_request', 'the note is no line of text', {
      say: `The note must be one line of at most ${longestPurpose} characters.`,
    })
  if (decision === 'to_be_removed' && note.trim() === '')
    throw new Refusal('invalid_request', 'to be removed, and nobody says what', {
      say: 'Say in the note what shall go, for whoever edits the rules.',
    })
}
