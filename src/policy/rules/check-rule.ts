import { parseRoleArn, type Way } from '../../core/index.ts'
import { readPattern } from '../compile/pattern.ts'
import {
  agentVariable,
  givenVariables,
  isFixed,
  readTemplate,
  roleVariables,
  type Template,
} from '../compile/template.ts'
import { type Place, places, sessionNameOf } from '../evaluate/fit.ts'
import { isReservedRole, maxTagValue } from './aws-limits.ts'
import type { Issue } from './issue.ts'
import { type InAccounts, type OwnValues, ownTexts } from './way.ts'

type Match = Readonly<Record<string, readonly string[]>>

interface GrantTemplates {
  readonly own: OwnValues
  readonly texts: Way['texts']
  readonly role: string
  readonly inAccounts?: InAccounts | undefined
  readonly opens?: Way['opens'] | undefined
  readonly longestName?: number | undefined
  readonly sessionName?: string | undefined
  readonly sourceIdentity?: string | undefined
  readonly tags: Readonly<Record<string, string>>
}

/** What is wrong with the patterns of a `match:`. */
export function checkMatch(match: Match): readonly Issue[] {
  const issues: Issue[] = []
  if (Object.keys(match).length === 0)
    issues.push({ path: [], message: "is empty; to match everybody write user: '.*'" })
  const ownerOf = new Map<string, string>()
  for (const [attribute, sources] of Object.entries(match)) {
    for (const [index, source] of sources.entries()) {
      const path = sources.length === 1 ? [attribute] : [attribute, index]
      const result = readPattern(source)
      if ('fault' in result) {
        issues.push({ path, message: result.fault })
        continue
      }
      for (const group of result.pattern.groups) {
        const owner = ownerOf.get(group) ?? attribute
        ownerOf.set(group, owner)
        if (givenVariables.includes(group))
          issues.push({ path, message: `names a group "${group}", but \${${group}} always exists` })
        if (owner !== attribute)
          issues.push({ path, message: `names the group "${group}" again, which "${owner}" already has` })
      }
    }
  }
  return issues
}

/** What is wrong with the templates of a `grant:`, given the patterns that feed them. */
export function checkGrant(grant: GrantTemplates, match: Match): readonly Issue[] {
  const groups = groupsOf(match)
  const inRole = [...givenVariables, ...groups]
  const elsewhere = [...new Set([...inRole, ...roleVariables])]
  const issues: Issue[] = []
  const check = (path: readonly string[], source: string, place: Place, say: string) => {
    const known = place === places.tag ? [...elsewhere, agentVariable] : elsewhere
    const result = readTemplate(source, known)
    const message = 'fault' in result ? result.fault : literalFault(result.template, place, say)
    if (message !== undefined) issues.push({ path: ['grant', ...path], message })
  }
  issues.push(...(grant.inAccounts ? checkNames(grant.inAccounts.roles, inRole) : checkRole(grant, inRole)))
  const say = (longest: number) => `must be 2 to ${longest} of A-Z a-z 0-9 _+=,.@- and not begin with aws:`
  const sessionName = sessionNameOf(grant.longestName)
  if (grant.sessionName !== undefined)
    check(['sessionName'], grant.sessionName, sessionName, say(sessionName.longest))
  if (grant.sourceIdentity !== undefined)
    check(['sourceIdentity'], grant.sourceIdentity, places.sourceIdentity, say(64))
  const tag = `is no session tag value: at most ${maxTagValue} letters, digits, spaces and _.:/=+-@`
  for (const [key, value] of Object.entries(grant.tags)) check(['tags', key], value, places.tag, tag)
  return [...issues, ...checkOwn(grant, elsewhere)]
}

/** What is wrong with the ARN of a role, or with what stands in its place. */
function checkRole(grant: GrantTemplates, known: readonly string[]): readonly Issue[] {
  const issues: Issue[] = []
  const role = readTemplate(grant.role, known, 'arn')
  if ('fault' in role) issues.push({ path: aimPath(grant, known), message: role.fault })
  const [, pathAndName = ''] = /:role\/(.*)$/s.exec(grant.role) ?? []
  const written = 'template' in role ? role.template.parts.filter((part) => typeof part === 'string') : []
  if (written.some((text) => /[*?]/.test(text)) && grant.opens === undefined)
    issues.push({ path: ['grant', 'role'], message: sayNoWildcard })
  else if (isReservedRole(pathAndName)) issues.push({ path: ['grant', 'role'], message: sayReserved })
  else if (grant.opens === undefined && isFixed(grant.role) && !parseRoleArn(grant.role))
    issues.push({ path: ['grant', 'role'], message: 'is no role ARN' })
  return issues
}

const sayNoWildcard = 'takes no wildcard: the bridge cannot ask AWS which roles there are; name each'

const sayReserved =
  'is a role of AWS itself (IAM Identity Center’s, or linked to a service), which nobody takes by SAML'

/** What is wrong with the names of roles that stand beside `accounts`. */
function checkNames(names: readonly string[], known: readonly string[]): readonly Issue[] {
  return names.flatMap((name, index) => {
    const read = readTemplate(name, known, 'arn')
    const message = 'fault' in read ? read.fault : nameFault(name)
    return message === undefined ? [] : [{ path: ['grant', 'roles', index], message }]
  })
}

function nameFault(name: string): string | undefined {
  if (name.startsWith('arn:'))
    return 'is an ARN; beside accounts stand names, with their path: audit/ReadOnly'
  if (name.startsWith('/')) return 'begins with /, and no path does here: audit/ReadOnly'
  if (/[*?]/.test(name)) return sayNoWildcard
  if (isReservedRole(name)) return sayReserved
  if (isFixed(name) && !parseRoleArn(`arn:aws:iam::000000000000:role/${name}`))
    return 'is no role’s name: at most 64 of A-Z a-z 0-9 _+=,.@-, behind its path if it has one'
  return undefined
}

/** The key at fault of those that name what is opened. */
function aimPath({ opens, role }: GrantTemplates, known: readonly string[]): readonly string[] {
  if (opens === undefined) return ['grant', 'role']
  const [, , , , account = ''] = role.split(':')
  return ['grant', 'fault' in readTemplate(account, known, 'arn') ? 'account' : 'name']
}

/** What is wrong with the texts that a way has of its own. */
function checkOwn({ texts, own }: GrantTemplates, known: readonly string[]): readonly Issue[] {
  return ownTexts(texts, own).flatMap(({ key, index, text, is }) => {
    const path = ['grant', key, ...(index === undefined ? [] : [index])]
    const read = readTemplate(text, known, is === 'role' ? 'arn' : 'text')
    if ('fault' in read) return [{ path, message: read.fault }]
    const isNoRole = is === 'role' && isFixed(text) && !parseRoleArn(text)
    return isNoRole ? [{ path, message: 'is no role ARN' }] : []
  })
}

/** What a template says besides its variables must fit, and if that is all there is, fit as a whole. */
function literalFault({ source, parts }: Template, place: Place, say: string): string | undefined {
  const literals = parts.filter((part) => typeof part === 'string')
  const fits = isFixed(source)
    ? place.takes(source)
    : literals.every((literal) => literal.search(place.foreign) < 0) &&
      literals.join('').length < place.longest
  return fits ? undefined : say
}

/** Names of the groups in all valid patterns of a match. */
function groupsOf(match: Match): readonly string[] {
  const groups = new Set<string>()
  for (const source of Object.values(match).flat()) {
    const result = readPattern(source)
    if ('pattern' in result) for (const group of result.pattern.groups) groups.add(group)
  }
  return [...groups]
}
