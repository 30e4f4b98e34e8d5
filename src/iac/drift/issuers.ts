import { issuerHost, type TokenDoor } from '../plan/doors.ts'
import type { Plan, RolePlan } from '../plan/plan.ts'
import type { Finding } from './finding.ts'
import type { Held } from './held.ts'
import { principalOf } from './requests.ts'

const tokensOf = ({ doors }: RolePlan) => doors.filter((door): door is TokenDoor => door.by === 'token')

/** What is wrong with the OpenID Connect providers of those whose tokens open roles. */
export function issuerFindings({ roles }: Plan, held: Held): readonly Finding[] {
  const wanted = new Map<string, { account: string; host: string; audiences: Set<string> }>()
  for (const role of roles)
    for (const door of tokensOf(role)) {
      const [, arn] = principalOf(door, role.arn)
      const before = wanted.get(arn)
      const audiences = new Set([...(before?.audiences ?? []), ...door.audiences])
      wanted.set(arn, { account: role.account, host: issuerHost(door.issuer), audiences })
    }
  return [...wanted].flatMap(([about, { account, host, audiences }]): readonly Finding[] => {
    const there = held.issuers.get(account)
    if (there !== undefined && !hasArn(there, about))
      return [{ code: 'provider-missing', account, about, say: 'is not in IAM, and roles trust it' }]
    return held.issuerDetails
      .filter((one) => one.account === account && same(one.host, host))
      .flatMap(({ clientIds }) =>
        [...audiences]
          .filter((audience) => !clientIds.includes(audience))
          .map(
            (audience): Finding => ({
              ...{ code: 'provider-client-missing', account, about },
              say: `lacks the client id ${audience}, for which its tokens are: STS refuses`,
            }),
          ),
      )
  })
}

/** Hosts have no case. */
const same = (one: string, other: string) => one.toLowerCase() === other.toLowerCase()
const hasArn = (all: ReadonlySet<string>, arn: string) => [...all].some((one) => same(one, arn))

/** Accounts of which nobody said which OpenID Connect providers they have, though roles there need one. */
export function issuersNotLookedAt({ roles }: Plan, held: Held): readonly string[] {
  const needing = roles.filter((role) => held.accounts.has(role.account) && tokensOf(role).length > 0)
  return [...new Set(needing.map(({ account }) => account))].filter((id) => !held.issuers.has(id)).sort()
}
