import type { Command } from 'commander'
import { settingsOf } from '../settings.ts'
import { bridgeFor } from '../workload/workload.ts'

/** The bridge, as whoever asks it: a person or a workload. */
export const asked = (command: Command) => bridgeFor(command, settingsOf(command))

export interface PeopleFlags {
  readonly idp?: string
  readonly reason?: string
  readonly until?: string
}
