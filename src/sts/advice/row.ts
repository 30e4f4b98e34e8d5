import type { RefusalCode } from '../../core/index.ts'
import type { GrantAsk, Step } from '../grant.ts'

/** What one refusal of STS means. The first row that fits the code and the message wins. */
export interface Advice {
  readonly code: RegExp
  readonly message?: RegExp
  readonly when?: (ask: GrantAsk, step: Step) => boolean
  readonly refusal: RefusalCode
  /** To the person. Default: the refusal's own sentence. */
  readonly say?: (ask: GrantAsk, step: Step) => string
  /** To the administrator: what to change, with the values of this call. Whole sentences. */
  readonly fix: (ask: GrantAsk, step: Step, said: string) => string
}
