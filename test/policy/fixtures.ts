import { z } from 'zod'
import type { Attributes, Identity } from '../../src/core/index.ts'
import {
  accountOptions,
  compilePolicy,
  createRuleOptions,
  type EvaluationCircumstances,
  evaluate,
  type Policy,
  type Ways,
} from '../../src/policy/index.ts'

/** Ways as `sts/` describes them: the plain one, one that begins at another role, and one that takes none. */
const ways: Ways = {
  'assume-role-with-saml': {
    options: {},
    texts: {},
    bounds: { least: 900, most: 43_200, say: 'as AWS demands' },
    needs: 'assertion',
  },
  'assume-role': {
    options: { through: z.string(), externalId: z.string().optional() },
    texts: { through: 'role', externalId: 'text' },
    entrance: 'through',
    bounds: { least: 900, most: 3600, say: 'because a chain ends after an hour' },
    needs: 'assertion',
  },
  'get-federation-token': {
    options: {},
    texts: {},
    opens: 'federated-user',
    lacks: ['role', 'sourceIdentity', 'transitiveTags'],
    longestName: 32,
    mustNarrow: 'because it may do nothing else',
    bounds: { least: 900, most: 129_600, say: 'as AWS demands' },
    needs: 'user-keys',
  },
}

export const ruleList = z.array(createRuleOptions(ways))

export const byGroupName = {
  id: 'by-group-name',
  match: { groups: '^aws-(?<account>\\d{12})-(?<role>[\\w+=,.@-]+)$' },
  grant: { role: 'arn:aws:iam::${account}:role/${role}' },
}

/** A policy from rules as the configuration writes them. */
export function policyOf(
  rules: readonly unknown[],
  more: {
    federation?: 'passthrough'
    timeZone?: string
    auditors?: Record<string, string[]>
    administrators?: readonly Record<string, string[]>[]
    accounts?: Readonly<Record<string, object>>
  } = {},
): Policy {
  return compilePolicy({
    rules: ruleList.parse(rules),
    accounts: accountOptions.parse(
      more.accounts ?? {
        '111122223333': { name: 'prod', color: 'red', region: 'eu-central-1' },
        '444455556666': { name: 'dev' },
      },
    ),
    auditors: more.auditors,
    administrators: more.administrators,
    timeZone: more.timeZone,
    aws: {
      partition: 'aws',
      region: 'eu-west-1',
      federation: more.federation ?? 'reissue',
      broker: { '111122223333': 'env:BROKER' },
      provider: more.federation ? undefined : 'arn:aws:iam::${account}:saml-provider/rolebridge',
    },
  })
}

export function person(attributes: Attributes, more: Partial<Identity> = {}): Identity {
  return {
    provider: 'okta',
    protocol: 'saml',
    issuer: 'https://idp.example',
    user: 'alice',
    nameId: 'alice',
    attributes,
    authnInstant: Date.parse('2026-07-27T09:00:00Z'),
    mfa: false,
    ...more,
  }
}

/** A Monday. */
export const monday: EvaluationCircumstances = {
  now: Date.parse('2026-07-27T10:00:00Z'),
  sourceIp: '10.1.2.3',
  userAgent: 'aws-cli/2',
  channel: 'cli',
}

export function roles(policy: Policy, identity: Identity, circumstances = monday): readonly string[] {
  return evaluate(policy, identity, circumstances).entitlements.map(({ roleArn }) => roleArn)
}

export const admin = 'arn:aws:iam::111122223333:role/Admin'
export const adminGroup = 'aws-111122223333-Admin'
