import { AssumeRoleCommand } from '@aws-sdk/client-sts'
import { z } from 'zod'
import { type Credentials, type Entitlement, parseRoleArn, Refusal, roleSessions } from '../core/index.ts'
import { readCredentials, within } from './answer.ts'
import { assumeRoleWithSaml } from './assume-role-with-saml.ts'
import { checkDuration } from './bounds.ts'
import type { StsClient } from './client.ts'
import type { Grant, GrantAsk } from './grant.ts'
import { signedByKept } from './kept.ts'
import { sessionPolicy } from './narrowing/session-policy.ts'

/** A chain of roles ends after an hour at AWS, whatever its roles allow ("Terms and concepts", role chaining). */
const chained = { least: roleSessions.least, most: 3600 }
const mostHops = 4

interface ChainOptions {
  readonly through: readonly string[]
  readonly externalId?: string
}

/**
 * `via: assume-role`: from the roles that `through` names, the first of which the assertion opens, to a role that
 * trusts the last of them. The credentials on the way are kept, and may do nothing but take the next step.
 */
export const assumeRole: Grant = {
  options: {
    through: z
      .union([z.string(), z.array(z.string()).min(1).max(mostHops, `names more than ${mostHops} roles`)])
      .transform((value) => [value].flat()),
    externalId: z.string().min(2).max(1224).optional(),
  },
  texts: { through: 'role', externalId: 'text' },
  entrance: 'through',
  bounds: { ...chained, say: 'for AWS ends every session that one role opens from another after an hour' },
  needs: 'assertion',
  async take(client, ask) {
    const { entitlement, duration } = ask
    const { through, externalId } = entitlement.own as unknown as ChainOptions
    const way = [...through, entitlement.roleArn]
    const { own } = splitTags(entitlement)
    const input = {
      ...{ RoleArn: entitlement.roleArn, RoleSessionName: entitlement.roleSessionName },
      DurationSeconds: checkDuration(duration, chained),
      Policy: sessionPolicy(ask, client.reach),
      PolicyArns:
        entitlement.policyArns.length === 0 ? undefined : entitlement.policyArns.map((arn) => ({ arn })),
      Tags: own.length === 0 ? undefined : own,
      ExternalId: externalId === undefined ? undefined : checkExternalId(externalId),
    }
    return signedByKept(
      (refused) => approach(client, ask, way, refused),
      (by, onFault) => step(client, ask, by, input, onFault),
    )
  },
}

/** STS's alphabet for it; what a person's attribute brings may not be sent as it is. */
function checkExternalId(text: string): string {
  if (/^[\w+=,.@:/-]{2,1224}$/.test(text)) return text
  throw new Refusal(
    'aws_refused',
    'externalId holds characters that AWS does not take, or is too short or long',
  )
}

/** Transitive tags start at the entrance, and AWS hands them on; the others are the last role's alone. */
function splitTags({ tags, transitiveTags }: Entitlement) {
  const all = Object.entries(tags).map(([Key, Value]) => ({ Key, Value }))
  const isHandedOn = ({ Key }: { Key: string }) => transitiveTags.includes(Key)
  return { handedOn: all.filter(isHandedOn), own: all.filter((tag) => !isHandedOn(tag)) }
}

/**
 * The credentials of the last role before the end of the way: one set for all who come under the same terms; instead of
 * `refused` others, where there is a chance that AWS takes them.
 */
function approach(
  client: StsClient,
  ask: GrantAsk,
  way: readonly string[],
  refused: Credentials | undefined,
): Promise<Credentials> {
  const { entitlement } = ask
  const { providerArn, roleSessionName, sourceIdentity, own } = entitlement
  const { handedOn } = splitTags(entitlement)
  const terms = { way, providerArn, roleSessionName, sourceIdentity, handedOn, own, hosts: client.hosts }
  const fetch = async () => {
    const [entrance = '', ...others] = way
    let credentials = await assumeRoleWithSaml.take(client, entering(ask, entrance, others[0] ?? ''))
    for (const [index, roleArn] of others.slice(0, -1).entries()) {
      const between = entering(ask, roleArn, others[index + 1] ?? '')
      credentials = await step(client, between, credentials, {
        ...{ RoleArn: roleArn, RoleSessionName: roleSessionName, DurationSeconds: chained.most },
        Policy: between.entitlement.policy,
      })
    }
    return credentials
  }
  return ask.keep(terms, fetch, refused)
}

/** The ask for a role on the way: under the same name, for an hour, good for the next step alone. */
function entering(ask: GrantAsk, roleArn: string, next: string): GrantAsk {
  const { entitlement, evidence, keep, sourceIp } = ask
  const { account = '', name = roleArn } = parseRoleArn(roleArn) ?? {}
  const tags = Object.fromEntries(entitlement.transitiveTags.map((key) => [key, entitlement.tags[key] ?? '']))
  const statement = {
    Effect: 'Allow',
    Action: ['sts:AssumeRole', 'sts:TagSession', 'sts:SetSourceIdentity'],
    Resource: next,
  }
  return {
    ...{ evidence, keep, sourceIp, duration: chained.most },
    entitlement: {
      ...entitlement,
      ...{ roleArn, roleName: name, account: { ...entitlement.account, id: account, name: account } },
      ...{ own: {}, policyArns: [], pinToSourceIp: false, pinTo: undefined, tags },
      policy: JSON.stringify({ Version: '2012-10-17', Statement: [statement] }),
    },
  }
}

type Input = ConstructorParameters<typeof AssumeRoleCommand>[0]

async function step(
  client: StsClient,
  ask: GrantAsk,
  by: Credentials,
  input: Input,
  onFault: (error: unknown) => void = () => {},
): Promise<Credentials> {
  const sdk = client.signedBy(by)
  const call = {
    ...{ action: 'AssumeRole' as const, roleArn: input.RoleArn ?? '', by: by.principalArn },
    secret: by.sessionToken,
  }
  const answer = await within(client, ask, call, (options) =>
    sdk.send(new AssumeRoleCommand(input), options).catch((error: unknown) => {
      onFault(error)
      throw error
    }),
  )
  return readCredentials(answer, answer.AssumedRoleUser?.Arn, ask)
}
