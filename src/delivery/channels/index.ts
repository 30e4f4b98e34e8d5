/** The kinds of channel. A new one is a file beside this one and a line here. */
import { slack } from './slack.ts'
import { teams } from './teams.ts'
import { webhook } from './webhook.ts'

export const channels = { slack, teams, webhook }
export const channelKinds = ['slack', 'teams', 'webhook'] as const satisfies (keyof typeof channels)[]
