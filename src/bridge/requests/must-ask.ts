import { type HowToAsk, Refusal } from '../../core/index.ts'

/** Says no to whoever takes a role that others must allow, and what to do next. */
export function mustAsk(detail: string, { open }: HowToAsk): Refusal {
  return new Refusal('request_required', detail, { say: sayNext(open) })
}

function sayNext(open: HowToAsk['open']): string {
  if (open?.state === 'requested') return `Your request ${open.id} waits for somebody to allow it.`
  if (open?.state === 'approved') return `Your request ${open.id} was allowed: start it first.`
  return 'Somebody else must allow this role first: ask for it.'
}
