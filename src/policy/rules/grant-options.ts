import { z } from 'zod'
import { formatDuration, parseDuration, sessionPolicyFaults, type Way } from '../../core/index.ts'
import { oneOrMore, selectionOptions } from './account-options.ts'
import { isPolicyArn, isTagKey, maxPolicy, maxPolicyArns, maxTagKey, maxTags } from './aws-limits.ts'
import { addIssue, type Issue } from './issue.ts'
import { checkPins, perimeterOptions } from './perimeter.ts'
import { type InAccounts, openAim, type Ways } from './way.ts'

const durationOptions = ({ least, most, say }: Way['bounds']) =>
  z.union([z.string(), z.number()]).transform((value, context) => {
    const seconds = parseDuration(String(value))
    if (seconds === undefined)
      addIssue(context, { path: [], message: 'is no duration; write for example 45m or 8h' })
    else if (seconds >= least && seconds <= most) return seconds
    else {
      const message = `must be between ${formatDuration(least)} and ${formatDuration(most)}, ${say}`
      addIssue(context, { path: [], message })
    }
    return z.NEVER
  })

const tagsOptions = z.record(z.string(), z.string()).superRefine((tags, context) => {
  const keys = Object.keys(tags)
  if (keys.length > maxTags) addIssue(context, { path: [], message: `has more than ${maxTags} tags` })
  for (const key of keys) {
    if (isTagKey(key)) continue
    const message = `is no session tag key: at most ${maxTagKey} letters, digits, spaces and _.:/=+-@, not "aws:…"`
    addIssue(context, { path: [key], message, aboutKey: true })
  }
  const folded = new Set(keys.map((key) => key.toLowerCase()))
  if (folded.size < keys.length)
    addIssue(context, { path: [], message: 'has tags that differ only in case, which AWS refuses' })
})

/** A session policy, written as YAML or as JSON text: becomes compact JSON in the alphabet of STS. */
const policyOptions = z.union([z.string(), z.record(z.string(), z.unknown())]).transform((value, context) => {
  const document = typeof value === 'string' ? parseJson(value) : value
  const faults =
    document === undefined ? [{ path: [], message: 'is no JSON' }] : sessionPolicyFaults(document)
  for (const { path, message } of faults)
    addIssue(context, { path: typeof value === 'string' ? [] : path, message })
  const text = JSON.stringify(document)?.replace(
    /[^\x20-\xff]/g,
    (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
  if (text === undefined || faults.length > 0) return z.NEVER
  if (text.length <= maxPolicy) return text
  addIssue(context, { path: [], message: `is longer than ${maxPolicy} characters as JSON` })
  return z.NEVER
})

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

const policyArn = z
  .string()
  .refine(isPolicyArn, 'is no ARN of an IAM policy, such as arn:aws:iam::aws:policy/ReadOnlyAccess')

/** The keys that every way to take a role has. */
function commonOptions(bounds: Way['bounds']) {
  return {
    role: z.string().min(1).max(2048).optional(),
    accounts: selectionOptions.optional(),
    roles: oneOrMore(z.string().min(1).max(512)).optional(),
    duration: durationOptions(bounds).optional(),
    maxDuration: durationOptions(bounds).optional(),
    sessionName: z.string().min(1).max(512).optional(),
    sourceIdentity: z.string().min(1).max(512).optional(),
    tags: tagsOptions.default({}),
    transitiveTags: z.array(z.string()).default([]),
    policyArns: z.array(policyArn).max(maxPolicyArns, `may name ${maxPolicyArns} policies`).default([]),
    policy: policyOptions.optional(),
    pinToSourceIp: z.boolean().default(false),
    pinTo: perimeterOptions.optional(),
    untilWindowEnds: z.boolean().default(false),
    agents: z.enum(['deny', 'read-only', 'allow']).default('allow'),
  }
}

const commonNames = Object.keys(commonOptions({ least: 0, most: 0, say: '' }))

/** `grant:` of a rule: `via` chooses the keys beside the common ones; the first way needs not be named. */
export function grantOptions(ways: Ways) {
  const [first, ...others] = Object.entries(ways)
  if (first === undefined) throw new TypeError('there is no way to take a role')
  return z
    .discriminatedUnion('via', [
      oneWay(first, z.literal(first[0]).optional()),
      ...others.map((way) => oneWay(way, z.literal(way[0]))),
    ])
    .transform(({ via = first[0], ...written }, context) => {
      // A way that lacks this key does not set its default either.
      const grant = { ...written, transitiveTags: written.transitiveTags ?? [] }
      const limit = grant.maxDuration ?? Math.max(grant.duration ?? 0, 3600)
      const duration = grant.duration ?? Math.min(3600, limit)
      if (duration > limit) addIssue(context, { path: ['duration'], message: 'is longer than maxDuration' })
      for (const [index, tag] of grant.transitiveTags.entries()) {
        if (Object.hasOwn(grant.tags, tag)) continue
        addIssue(context, { path: ['transitiveTags', index], message: `"${tag}" is not among the tags` })
      }
      if (grant.agents === 'read-only' && !canBeReadOnly(grant)) {
        const message =
          'read-only cannot be laid over these policyArns: AWS unites the policies of one call, and ReadOnlyAccess ' +
          'beside them would widen them. Say deny, or let agents have a rule of their own (condition bridge:Agent)'
        addIssue(context, { path: ['agents'], message })
      }
      for (const issue of checkPins(grant)) addIssue(context, issue)
      const way = ways[via] ?? first[1]
      const { options, texts, entrance, needs, opens, longestName } = way
      if (way.mustNarrow !== undefined && grant.policy === undefined && grant.policyArns.length === 0)
        addIssue(context, { path: [], message: `needs a policy, or policyArns: ${way.mustNarrow}` })
      const own = Object.fromEntries(Object.entries(grant).filter(([key]) => Object.hasOwn(options, key)))
      const common = Object.fromEntries(
        Object.entries(grant).filter(([key]) => commonNames.includes(key)),
      ) as typeof grant
      // What the keys of a federated user make stands where others have a role.
      const { account = '', name = '' } = grant as { account?: string; name?: string }
      const { accounts, roles, ...rest } = common
      if (opens === undefined) for (const issue of aimFaults(common)) addIssue(context, issue)
      const inAccounts: InAccounts | undefined = accounts && roles && { accounts, roles }
      const role = opens === undefined ? (rest.role ?? '') : openAim({ account, name })
      const terms = { own, texts, entrance, needs, opens, longestName }
      return { ...rest, role, inAccounts, via, duration, maxDuration: limit, ...terms }
    })
}

interface Aimed {
  readonly role?: string | undefined
  readonly accounts?: unknown
  readonly roles?: readonly string[] | undefined
}

/** A grant leads to one role by its ARN, or to roles by name in accounts. */
function aimFaults({ role, accounts, roles }: Aimed): readonly Issue[] {
  if (role !== undefined) {
    const beside = accounts !== undefined ? 'accounts' : roles !== undefined ? 'roles' : undefined
    const message = 'stands beside role; name one role by its ARN, or roles by name in accounts'
    return beside === undefined ? [] : [{ path: [beside], message, aboutKey: true }]
  }
  if (accounts === undefined && roles === undefined)
    return [{ path: ['role'], message: 'is missing (or accounts and roles, for roles by name)' }]
  if (roles === undefined) return [{ path: ['roles'], message: 'is missing: which roles of these accounts?' }]
  if (accounts === undefined)
    return [{ path: ['accounts'], message: "is missing: in which accounts? '*' means all" }]
  return []
}

/** ReadOnlyAccess goes with no other managed policy, for AWS unites them. */
function canBeReadOnly({ policyArns }: { readonly policyArns: readonly string[] }): boolean {
  return policyArns.every((arn) => /^arn:[a-z-]+:iam::aws:policy\/ReadOnlyAccess$/.test(arn))
}

/** What stands in the place of `role` where none is taken. */
const federatedUser = {
  account: z
    .string()
    .max(512)
    .refine(
      (text) => /^\d{12}$/.test(text) || text.includes('${'),
      'is no account id: twelve digits, in quotes',
    ),
  name: z
    .string()
    .max(512)
    .refine(
      (text) => /^[\w+=,.@-]{2,64}$/.test(text) || text.includes('${'),
      'must be 2 to 64 of A-Z a-z 0-9 _+=,.@-',
    ),
}

function oneWay<Via extends z.ZodType>([, way]: [string, Way<z.ZodType>], via: Via) {
  const { options, bounds, opens, lacks = [] } = way
  const common = commonOptions(bounds)
  const left: readonly string[] = [...lacks, ...(opens === undefined ? [] : ['accounts', 'roles'])]
  const kept = Object.entries(common).filter(([key]) => !left.includes(key))
  const shape = { ...options, ...(opens && federatedUser), via }
  return z.strictObject({ ...shape, ...(Object.fromEntries(kept) as typeof common) })
}
