import { type Door, issuerHost } from '../plan/doors.ts'
import { actionsFor } from '../trust.ts'
import { type Facts, type FactValue, someText } from './holds.ts'

/** One call of STS that the bridge would make. */
export interface Request {
  readonly principal: readonly [kind: string, name: string]
  /** Every one of these must be allowed. */
  readonly actions: readonly string[]
  readonly facts: Facts
}

/** Who stands behind a door, as a trust policy names them. */
export function principalOf(door: Door, roleArn: string): readonly [kind: string, name: string] {
  if (door.by === 'saml') return ['Federated', door.providerArn]
  if (door.by === 'role') return ['AWS', door.roleArn]
  const [, partition, , , account] = roleArn.split(':')
  return ['Federated', `arn:${partition}:iam::${account}:oidc-provider/${issuerHost(door.issuer)}`]
}

export const actionOf = {
  saml: 'sts:AssumeRoleWithSAML',
  role: 'sts:AssumeRole',
  token: 'sts:AssumeRoleWithWebIdentity',
} as const satisfies Record<Door['by'], string>

/** The calls that come through a door: with the least that is sent, and with the most. */
export function requestsBy(door: Door, roleArn: string): readonly Request[] {
  const principal = principalOf(door, roleArn)
  if (door.by === 'token') {
    const host = issuerHost(door.issuer).toLowerCase()
    const facts = new Map<string, readonly FactValue[]>([
      [`${host}:aud`, door.audiences.slice(0, 1)],
      // Some that the rule means, and others that nobody knows.
      [`${host}:sub`, [...(door.subjects ?? []).map((one) => one.replaceAll('*', 'x')), someText]],
    ])
    return [{ principal, actions: [actionOf.token], facts }]
  }
  const { sends } = door
  const all = sends.tags
  const certain = all.filter(({ always }) => always)
  const sets = certain.length === all.length ? [all] : [certain, all]
  return sets.map((tags) => {
    const sourceIdentity = sends.sourceIdentity
    const actions = [
      actionOf[door.by],
      ...actionsFor({ tags: tags.map((tag) => ({ ...tag, inherited: false })), sourceIdentity }),
    ]
    const named: readonly FactValue[] = sourceIdentity === 'never' ? [] : [someText]
    const external = door.by === 'role' && door.externalId !== undefined ? [door.externalId] : []
    const facts = new Map<string, readonly FactValue[]>([
      ['aws:tagkeys', tags.map(({ key }) => key)],
      ['sts:transitivetagkeys', sends.transitive.filter((key) => tags.some((tag) => tag.key === key))],
      ['sts:sourceidentity', named],
      ['sts:externalid', external.map((one) => (one.includes('*') ? someText : one))],
      ['sts:rolesessionname', [someText]],
    ])
    if (door.by === 'saml') facts.set('saml:aud', [door.audience])
    else facts.set('aws:sourceidentity', named)
    for (const { key, value } of tags) facts.set(`aws:requesttag/${key.toLowerCase()}`, [value ?? someText])
    return { principal, actions, facts }
  })
}
