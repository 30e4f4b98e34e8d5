import type { Role } from '../roles/role.ts'
import type { OwnSection } from './block.ts'

/** What a profile is made from. */
export interface ProfileSource {
  readonly url: string
  /** The words that start this program, for `credential_process`. */
  readonly program: readonly string[]
  /** Seconds. */
  readonly duration?: number
  /** Of the first role, for settings that want some region. */
  readonly region?: string
}

/** One way in which a profile leads to credentials. */
export interface ProfileKind {
  readonly say: string
  /** The settings of the profile of one role. */
  profile(role: Role, source: ProfileSource): readonly string[]
  /** Sections that all profiles of a bridge share. */
  shared(source: ProfileSource): readonly OwnSection[]
}
