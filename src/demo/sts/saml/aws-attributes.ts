import { StsFault } from '../fault.ts'
import { childrenOf, type Element, ns } from './xml.ts'

/** The attributes that AWS reads from an assertion. */
export interface AwsAttributes {
  /** Role and provider ARN, in either order, as they stand in the attribute. */
  readonly rolePairs: readonly (readonly [string, string])[]
  readonly roleSessionName: string
  readonly sourceIdentity?: string
  /** Seconds. */
  readonly sessionDuration?: number
  readonly tags: Readonly<Record<string, string>>
  readonly transitiveTags: readonly string[]
}

const prefix = 'https://aws.amazon.com/SAML/Attributes/'
const sessionName = /^[\w+=,.@-]{2,64}$/
const tagText = /^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$/u

/**
 * Reads and checks them; attributes of the same Name are merged. Throws `StsFault`: where AWS's own message
 * is not known (tags, SessionDuration) it is a plain sentence of ours.
 */
export function readAwsAttributes(assertion: Element): AwsAttributes {
  const all = attributes(assertion)
  const sourceIdentity = readSourceIdentity(all)
  const sessionDuration = readSessionDuration(all)
  const tags = readTags(all)
  return {
    rolePairs: values(all, 'Role').flatMap((value) => {
      const [first, second, ...rest] = value.split(',').map((arn) => arn.trim())
      return first && second && rest.length === 0 ? [[first, second] as const] : []
    }),
    roleSessionName: readRoleSessionName(all),
    tags,
    transitiveTags: readTransitiveTags(all, tags),
    ...(sourceIdentity === undefined ? {} : { sourceIdentity }),
    ...(sessionDuration === undefined ? {} : { sessionDuration }),
  }
}

type Attributes = ReadonlyMap<string, readonly string[]>

function attributes(assertion: Element): Attributes {
  const all = new Map<string, string[]>()
  for (const statement of childrenOf(assertion, ns.assertion, 'AttributeStatement')) {
    for (const attribute of childrenOf(statement, ns.assertion, 'Attribute')) {
      const name = attribute.attributes.get('Name') ?? ''
      const found = childrenOf(attribute, ns.assertion, 'AttributeValue').map(({ text }) => text.trim())
      all.set(name, [...(all.get(name) ?? []), ...found])
    }
  }
  return all
}

function values(all: Attributes, name: string): readonly string[] {
  return all.get(prefix + name) ?? []
}

function readRoleSessionName(all: Attributes): string {
  const [name, ...more] = values(all, 'RoleSessionName')
  if (name === undefined) invalid('RoleSessionName is required in AuthnResponse')
  if (more.length === 0 && sessionName.test(name)) return name
  return invalid('RoleSessionName in AuthnResponse must match [a-zA-Z_0-9+=,.@-]{2,64}')
}

function readSourceIdentity(all: Attributes): string | undefined {
  const [identity, ...more] = values(all, 'SourceIdentity')
  if (identity === undefined) return undefined
  if (more.length === 0 && sessionName.test(identity) && !/^aws:/i.test(identity)) return identity
  return invalid('Source Identity must match [a-zA-Z_0-9+=,.@-]{2,64} and not begin with "aws:"')
}

function readSessionDuration(all: Attributes): number | undefined {
  const [seconds, ...more] = values(all, 'SessionDuration')
  if (seconds === undefined) return undefined
  const duration = /^\d{1,6}$/.test(seconds) ? Number(seconds) : 0
  if (more.length === 0 && duration >= 900 && duration <= 43_200) return duration
  return invalid('SessionDuration in AuthnResponse must be a number of seconds from 900 to 43200')
}

function readTags(all: Attributes): Record<string, string> {
  const tags: Record<string, string> = Object.create(null)
  const seen = new Set<string>()
  for (const [name, found] of all) {
    if (!name.startsWith(`${prefix}PrincipalTag:`)) continue
    const key = name.slice(prefix.length + 'PrincipalTag:'.length)
    const [value, ...more] = found
    if (value === undefined || more.length > 0) invalid(`Session tag ${key} must have exactly one value`)
    if (key.length < 1 || key.length > 128 || !tagText.test(key) || /^aws:/i.test(key)) {
      invalid('A session tag key must be 1 to 128 allowed characters and not begin with "aws:"')
    }
    if (value.length > 256 || !tagText.test(value)) {
      invalid(`The value of session tag ${key} must be at most 256 allowed characters`)
    }
    if (seen.has(key.toLowerCase())) invalid(`Session tag ${key} is there more than once`)
    seen.add(key.toLowerCase())
    tags[key] = value
  }
  if (seen.size > 50) invalid('There may be at most 50 session tags')
  return tags
}

function readTransitiveTags(all: Attributes, tags: Readonly<Record<string, string>>): readonly string[] {
  const keys = values(all, 'TransitiveTagKeys')
  if (keys.every((key) => key in tags)) return keys
  return invalid('TransitiveTagKeys must name session tags of this response')
}

function invalid(say: string): never {
  throw new StsFault('InvalidIdentityToken', say)
}
