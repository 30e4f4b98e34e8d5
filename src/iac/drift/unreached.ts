import type { Options } from '../../config.ts'
import type { AllowOptions } from '../../policy/index.ts'
import { type TokenDoor, tokenDoors } from '../plan/doors.ts'
import { samlDoor } from '../plan/plan.ts'
import { nothing } from '../plan/sends.ts'
import type { Finding } from './finding.ts'
import { statementsOf } from './statements.ts'
import { tooWideBeside } from './too-wide.ts'

interface Unreached {
  readonly arn: string
  /** Whom it trusts of ours, in words. */
  readonly by: string | undefined
  readonly trust: unknown
}

/** What is to say of a role that trusts the bridge though no rule leads to it: that, and how widely it does. */
export function unreachedFindings(config: Options, { arn, by, trust }: Unreached): readonly Finding[] {
  const about = { account: arn.split(':')[4] ?? '', about: arn }
  // No rule says whose tokens it should take.
  const tokens = handedOnDoors(config).map((door): TokenDoor => ({ ...door, subjects: undefined }))
  const doors = [samlDoor(config, arn, nothing), ...tokens]
  const wide = tooWideBeside({ arn, doors }, statementsOf(trust).statements)
  const said = new Set(wide.map(({ say }) => say))
  return [
    { code: 'role-unreached', ...about, say: `trusts ${by}, and no rule leads to it` },
    ...[...said].map((say): Finding => ({ code: 'trust-too-wide', ...about, say })),
  ]
}

/** Tokens that rules hand on to STS; those that no rule hands on open roles beside the bridge, and are of no concern to it. */
export function handedOnDoors(config: Options): readonly TokenDoor[] {
  const handsOn = config.rules.filter(
    (rule): rule is AllowOptions => rule.effect === 'allow' && rule.grant.needs === 'web-identity-token',
  )
  return handsOn.flatMap((rule) => tokenDoors(rule, config))
}
