import type { RolePlan } from '../../plan/plan.ts'
import { logicalNames, nameOf } from '../names.ts'
import type { Block } from './per-account.ts'

/** What a template asks of whoever deploys it. */
export interface Asks {
  readonly parameters: Block
  readonly conditions: Block
  /** By path and name of a role. */
  readonly roleNames: ReadonlyMap<string, string>
  /** By rule: subjects of tokens that the rule does not say. */
  readonly subjects: ReadonlyMap<string, string>
}

const yesNo = (Description: string) => ({
  ...{ Type: 'String', Default: 'yes', AllowedValues: ['yes', 'no'], Description },
})
const text = (Description: string) => ({ Type: 'String', Default: '', Description })
const list = (Description: string) => ({ Type: 'CommaDelimitedList', Description })
const isNot = (parameter: string, value: string) => ({
  'Fn::Not': [{ 'Fn::Equals': [{ Ref: parameter }, value] }],
})

/** The parameters of a template for these roles. */
export function asksOf(roles: readonly RolePlan[], hasMetadata: boolean): Asks {
  const doors = roles.flatMap((role) => role.doors)
  const roleNames = logicalNames(roles.map(nameOf))
  const subjects = logicalNames(
    doors.flatMap((door) => (door.by === 'token' && !door.subjects ? [door.rule] : [])),
  )
  const [saml, tokens] = ['saml', 'token'].map((kind) => doors.some(({ by }) => by === kind))
  const metadata = hasMetadata
    ? { CreateSamlProvider: yesNo('no where IAM has the SAML provider already') }
    : { SamlMetadata: text('Metadata of the SAML provider, as text; empty where IAM has it already') }
  const parameters = {
    ...(saml && metadata),
    ...(tokens && { CreateTokenIssuers: yesNo('no where IAM has the OpenID Connect providers already') }),
    PermissionsBoundary: text('ARN of a permissions boundary for every role; empty for none'),
    ...named(roleNames, 'Policies', (role) => ({
      ...list(`ARNs of managed policies for ${role}, which may do nothing without`),
      Default: '',
    })),
    // Without a default: nobody shall open a role to every token of an issuer by leaving something out.
    ...named(subjects, 'Subjects', (rule) =>
      list(`Subjects of tokens for the rule ${rule}; * stands for any text`),
    ),
  }
  const conditions = {
    HasBoundary: isNot('PermissionsBoundary', ''),
    ...(saml && {
      MakeSamlProvider: hasMetadata ? isNot('CreateSamlProvider', 'no') : isNot('SamlMetadata', ''),
    }),
    ...(tokens && { MakeTokenIssuers: isNot('CreateTokenIssuers', 'no') }),
    ...Object.fromEntries(
      [...roleNames.values()].map((name) => [
        `Has${name}Policies`,
        { 'Fn::Not': [{ 'Fn::Equals': [{ 'Fn::Join': ['', { Ref: `${name}Policies` }] }, ''] }] },
      ]),
    ),
  }
  return { parameters, conditions, roleNames, subjects }
}

function named(names: ReadonlyMap<string, string>, end: string, make: (of: string) => object): Block {
  return Object.fromEntries([...names].map(([of, name]) => [`${name}${end}`, make(of)]))
}
