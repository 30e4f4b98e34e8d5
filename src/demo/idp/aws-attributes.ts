import type { DemoPerson } from '../people.ts'
import type { PassthroughOptions } from './options.ts'

const prefix = 'https://aws.amazon.com/SAML/Attributes/'

/** The attributes that AWS reads when it trusts this identity provider itself; roles come from the groups. */
export function awsAttributes(
  person: DemoPerson,
  passthrough: PassthroughOptions,
): Record<string, readonly string[]> {
  const provider = passthrough.providerName ?? 'demo-idp'
  const roles = person.groups.flatMap((group) => {
    const [, account, role] = /^aws-(\d{12})-([\w+=,.@-]+)$/.exec(group) ?? []
    if (account === undefined || role === undefined) return []
    return [`arn:aws:iam::${account}:role/${role},arn:aws:iam::${account}:saml-provider/${provider}`]
  })
  return {
    [`${prefix}Role`]: roles,
    [`${prefix}RoleSessionName`]: [person.username],
    ...(passthrough.sessionDuration === undefined
      ? {}
      : { [`${prefix}SessionDuration`]: [String(passthrough.sessionDuration)] }),
  }
}
