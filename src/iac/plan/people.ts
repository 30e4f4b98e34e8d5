import type { Options } from '../../config.ts'
import type { Identity } from '../../core/index.ts'
import { compilePolicy, evaluate } from '../../policy/index.ts'
import type { Known } from './plan.ts'
import type { Sends } from './sends.ts'

const attribute = 'https://aws.amazon.com/SAML/Attributes/'

/**
 * The roles that people reach, those too that a condition keeps shut now, and what their identity provider tells AWS where
 * its own responses are passed on.
 */
export function rolesOfPeople(config: Options, people: readonly Identity[], now: number): Known {
  const policy = compilePolicy({ ...config, explain: 'full' })
  const around = { now, sourceIp: '198.51.100.1', userAgent: '', channel: 'portal' as const }
  const roles = people.flatMap((one) => {
    const { entitlements, locked } = evaluate(policy, one, around)
    return [...entitlements, ...locked().map(({ entitlement }) => entitlement)].map(({ roleArn }) => roleArn)
  })
  return { roles: [...new Set(roles)].sort(), brought: broughtBy(people) }
}

/** IAM User Guide, "Configure SAML assertions for the authentication response". */
function broughtBy(people: readonly Identity[]): Sends {
  const names = new Set(people.flatMap(({ attributes }) => Object.keys(attributes)))
  const tags = [...names].filter((name) => name.startsWith(`${attribute}PrincipalTag:`))
  const transitive = people.flatMap(({ attributes }) => attributes[`${attribute}TransitiveTagKeys`] ?? [])
  return {
    tags: tags.sort().map((name) => ({ key: name.slice(name.indexOf('PrincipalTag:') + 13), always: false })),
    transitive: [...new Set(transitive)].sort(),
    sourceIdentity: names.has(`${attribute}SourceIdentity`) ? 'perhaps' : 'never',
  }
}
