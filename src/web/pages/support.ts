import type { Web } from '../deps.ts'

/** Whom to ask, beside an answer that may be a no. */
export const supportOf = ({ support }: Pick<Web, 'support'>) => (support === undefined ? {} : { support })
