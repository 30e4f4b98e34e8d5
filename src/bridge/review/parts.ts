import type { Collection } from '../../core/index.ts'
import type { History } from '../../history/index.ts'
import type { Story } from '../parts.ts'
import type { ReviewedConfig } from './reviewed.ts'
import type { Reviewed } from './sign-offs.ts'

/** What the desk works with. */
export interface ReviewParts
  extends Pick<Story, 'policy' | 'events' | 'clock' | 'seen' | 'locks' | 'lookups' | 'walks'> {
  readonly reviews: Collection<Reviewed>
  readonly reviewed: ReviewedConfig
  readonly history: Pick<History, 'uses' | 'lastUse' | 'state'> | undefined
}
