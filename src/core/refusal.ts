import type { StepUp } from './person/step-up.ts'

/**
 * Every reason for which Rolebridge says no. `status` and `say` are all that the person outside learns;
 * the precise detail goes to the audit log with the request id.
 */
const samlSay = 'Your identity provider’s answer was not accepted.'
const workloadSay = 'The token of this workload was not accepted.'
export const refusals = {
  // saml/: how a message is judged
  malformed_message: { status: 400, say: samlSay },
  unexpected_structure: { status: 400, say: samlSay },
  status_not_success: { status: 403, say: 'Your identity provider did not sign you in.' },
  unknown_issuer: { status: 403, say: samlSay },
  signature_missing: { status: 403, say: samlSay },
  signature_invalid: { status: 403, say: samlSay },
  signature_algorithm: { status: 403, say: samlSay },
  signature_structure: { status: 403, say: samlSay },
  decryption_failed: { status: 403, say: samlSay },
  verifiers_disagree: { status: 403, say: samlSay },
  audience_mismatch: { status: 403, say: samlSay },
  recipient_mismatch: { status: 403, say: samlSay },
  destination_mismatch: { status: 403, say: samlSay },
  not_yet_valid: { status: 403, say: 'The answer is not valid yet; a clock may be wrong.' },
  expired: { status: 403, say: 'This sign-in took too long. Please start again.' },
  subject_confirmation: { status: 403, say: samlSay },
  in_response_to_mismatch: {
    status: 403,
    say: 'This sign-in was not started in this browser. Please start again.',
  },
  unsolicited: {
    status: 403,
    say: 'Please start the sign-in from Rolebridge, not from your identity provider.',
  },
  replayed: { status: 403, say: 'This sign-in was already used. Please start again.' },
  authn_too_old: { status: 403, say: 'You signed in too long ago. Please sign in again.' },
  authn_context: { status: 403, say: 'A stronger sign-in is needed, for example with a second factor.' },
  second_factor_missing: {
    status: 403,
    say: 'A second factor was asked for, and your identity provider signed you in without one.',
  },
  unknown_condition: { status: 403, say: samlSay },
  attribute_overage: {
    status: 403,
    say: 'You are in too many groups for your identity provider to list. Please tell your administrator.',
  },
  user_attribute: {
    status: 403,
    say: 'Your identity provider did not say who you are. Please tell your administrator.',
  },
  relay_state: { status: 400, say: samlSay },

  // oidc/: what an OpenID provider says; reasons that SAML knows too have the same code
  state_mismatch: {
    status: 403,
    say: 'This sign-in was not started in this browser. Please start again.',
  },
  nonce_mismatch: { status: 403, say: samlSay },
  unknown_key: { status: 403, say: samlSay },
  duplicate_claim: { status: 403, say: samlSay },
  code_refused: { status: 403, say: samlSay },
  subject_mismatch: { status: 403, say: samlSay },

  // oidc: how a workload's token is judged; 400 as RFC 8693 §2.2.2 wants it
  workload_malformed: { status: 400, say: workloadSay },
  workload_issuer: { status: 400, say: workloadSay },
  workload_algorithm: { status: 400, say: workloadSay },
  workload_critical_header: { status: 400, say: workloadSay },
  workload_key: { status: 400, say: workloadSay },
  workload_signature: { status: 400, say: workloadSay },
  workload_audience: { status: 400, say: workloadSay },
  workload_not_yet_valid: { status: 400, say: 'The token is not valid yet; a clock may be wrong.' },
  workload_expired: { status: 400, say: 'The token has expired. Please ask your platform for a new one.' },
  workload_too_old: { status: 400, say: 'The token is too old. Please ask your platform for a new one.' },
  workload_claims: { status: 400, say: workloadSay },
  workload_replayed: {
    status: 400,
    say: 'The token was used already. Please ask your platform for a new one.',
  },
  workload_issuer_unavailable: {
    status: 503,
    say: 'The keys of the token’s issuer could not be loaded. Please try again in a moment.',
  },

  // bridge, policy and sts: what may they have
  session_required: { status: 401, say: 'Please sign in.' },
  /** An administrator keeps the person out. */
  locked: { status: 403, say: 'Your access is locked.' },
  /** The role would open to the same person after another sign-in. */
  step_up_required: { status: 403, say: 'You have to sign in in another way to take this role.' },
  /** A step-up is of the person who asked for it. */
  other_person: {
    status: 403,
    say: 'Somebody else signed in than the person who wanted to take a role. Nothing has changed here.',
  },
  /** Somebody else must allow the role, and nobody has. */
  request_required: { status: 403, say: 'Somebody else must allow this role first: ask for it.' },
  own_request: { status: 403, say: 'Nobody allows what they asked for themselves.' },
  /** The step does not follow from where the request stands; another was quicker. */
  request_over: { status: 409, say: 'This request is over, or was decided already.' },
  not_entitled: { status: 403, say: 'You may not take this role.' },
  duration_too_long: { status: 400, say: 'That is longer than this role may be held.' },
  invalid_request: { status: 400, say: 'The request could not be understood.' },
  reauthentication_required: { status: 401, say: 'Please sign in again to take this role.' },
  aws_refused: { status: 403, say: 'AWS did not hand out this role.' },
  aws_unreachable: { status: 502, say: 'AWS could not be reached. Please try again in a moment.' },
  audit_unavailable: {
    status: 503,
    say: 'Nothing can be handed out while the audit trail cannot be written.',
  },
  store_unavailable: {
    status: 503,
    say: 'Rolebridge cannot remember anything right now. Please try again in a moment.',
  },
  history_unavailable: {
    status: 503,
    say: 'The history cannot be searched right now. Please try again in a moment.',
  },
  identity_provider_unavailable: {
    status: 503,
    say: 'This identity provider’s metadata could not be loaded yet. Please try again in a moment.',
  },

  /** Nobody signs off what they have themself. */
  own_review: { status: 403, say: 'That is yourself: somebody else signs it off.' },
  /** What was signed off is not what is there now. */
  review_changed: { status: 409, say: 'Something changed meanwhile. Please look again.' },
  review_under_way: { status: 503, say: 'The review is being made. Please ask again in a moment.' },

  // web: HTTP itself
  csrf: { status: 403, say: 'This form is out of date. Please load the page again.' },
  not_found: { status: 404, say: 'There is nothing at this address.' },
  client_address: {
    status: 400,
    say: 'It is not clear from which address you come, because the proxies in front do not fit the setting trustProxy. Please tell your administrator.',
  },
  too_large: { status: 413, say: 'That is too large.' },
  too_many_requests: { status: 429, say: 'Too many requests. Please wait a moment.' },
} as const satisfies Record<string, { status: number; say: string }>

export type RefusalCode = keyof typeof refusals

/** The one way to say no to bad input. Throw `TypeError` for a programmer's misuse instead. */
export class Refusal extends Error {
  readonly code: RefusalCode
  /** For the audit log and administrators; never shown to the person. Holds no secret. */
  readonly detail: string
  /** Replaces the table's public sentence where a more helpful one is safe to show. */
  readonly say: string
  /** Seconds after which the same may be asked again, where that is known. */
  readonly retryAfter: number | undefined
  /** Name of the identity provider from which the refused message says to come, where it is one of ours. */
  readonly idp: string | undefined
  /** A new sign-in of which the same would not be refused. */
  readonly stepUp: StepUp | undefined

  constructor(
    code: RefusalCode,
    detail: string,
    options: {
      say?: string
      cause?: unknown
      retryAfter?: number | undefined
      idp?: string
      stepUp?: StepUp | undefined
    } = {},
  ) {
    super(`${code}: ${detail}`, { cause: options.cause })
    this.name = 'Refusal'
    this.code = code
    this.detail = detail
    this.say = options.say ?? refusals[code].say
    this.retryAfter = options.retryAfter
    this.idp = options.idp
    this.stepUp = options.stepUp
  }

  /** The same, about a message that says to come from this identity provider. */
  about(idp: string): Refusal {
    const { code, detail, say, cause, retryAfter, stepUp } = this
    return new Refusal(code, detail, { say, cause, retryAfter, idp, stepUp })
  }

  get status(): number {
    return refusals[this.code].status
  }
}

/**
 * Lets a judge tell whose message it is while it judges, and names that identity provider in the refusal. It is what
 * the message says of itself: a refusal before the signature was looked at has it from anybody.
 */
export async function namingWhose<T>(judge: (isOf: (idp: string) => void) => Promise<T>): Promise<T> {
  let whose: string | undefined
  try {
    return await judge((idp) => {
      whose = idp
    })
  } catch (error) {
    throw error instanceof Refusal && whose !== undefined ? error.about(whose) : error
  }
}
