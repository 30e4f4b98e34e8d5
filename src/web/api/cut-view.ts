import type { Cut } from '../../bridge.ts'

/** What makes AWS refuse credentials that are out already, for programs. */
export const cutView = ({ endsAt, ...cut }: Cut) => ({
  ...cut,
  policy: JSON.parse(cut.policy),
  endsAt: new Date(endsAt).toISOString(),
})
