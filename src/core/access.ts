/** A role that a request opens for now: others allowed it, or it is an emergency. */
export interface OpenedRole {
  /** Id of the request. */
  readonly id: string
  readonly rule: string
  readonly roleArn: string
  /** Epoch milliseconds. */
  readonly endsAt: number
  readonly breakGlass?: true
}

/** A request of the same person for a role, of which something can still come. */
export interface OpenRequest {
  readonly id: string
  readonly state: 'requested' | 'approved' | 'active'
}

/** How a role that others must allow is asked for. */
export interface HowToAsk {
  readonly rule: string
  /** A pattern that the reason must match; undefined: any will do. */
  readonly reason?: string
  /** How many must allow it. */
  readonly approvals: number
  /** Seconds for which it is open, once started. */
  readonly openFor: number
  /** It was asked for already. */
  readonly open?: OpenRequest
  /** This person may open it at once in an emergency, and an alarm is raised. */
  readonly breakGlass?: true
}
