import { Refusal } from '../../core/index.ts'

/** What every time check needs: now and the tolerated clock difference, in milliseconds. */
export interface Time {
  readonly now: number
  readonly skew: number
}

/** `not_yet_valid`, with the difference and the setting that tolerates one. */
export function aheadOfUs(what: string, instant: number, { now, skew }: Time): Refusal {
  return new Refusal(
    'not_yet_valid',
    `${what} ${iso(instant)} is ${seconds(instant - now)} s ahead of our clock (${iso(now)}), ` +
      `saml.clockSkew tolerates ${skew / 1000} s; set the clocks by NTP, here and at the identity provider`,
  )
}

/** `expired`, with the difference. */
export function overForUs(what: string, instant: number, { now, skew }: Time): Refusal {
  return new Refusal(
    'expired',
    `${what} ${iso(instant)} was ${seconds(now - instant)} s ago by our clock (${iso(now)}), ` +
      `saml.clockSkew tolerates ${skew / 1000} s`,
  )
}

function iso(milliseconds: number): string {
  return new Date(milliseconds).toISOString()
}

/** Whole seconds, as people count them. */
export function seconds(milliseconds: number): number {
  return Math.ceil(milliseconds / 1000)
}
