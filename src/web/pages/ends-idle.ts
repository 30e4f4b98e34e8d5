import { formatDuration } from '../../core/index.ts'
import type { Web } from '../deps.ts'

/** After how long without a request a browser's session ends, in words; undefined when its end comes sooner. */
export const endsIdle = ({ idle, clock }: Pick<Web, 'idle' | 'clock'>, expiresAt: number) =>
  clock() + idle * 1000 < expiresAt ? formatDuration(idle) : undefined
