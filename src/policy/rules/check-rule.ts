import type { z } from 'zod'
import { parseRoleArn } from '../../core/index.ts'
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
import { type OwnValues, ownTexts, type Way } from './way.ts'

/** A fault in a rule, for the options schema. */
export interface Issue {
  readonly path: readonly (string | number)[]
  readonly message: string
  /** The fault lies in the name of the last step of the path, not in its value. */
  readonly aboutKey?: boolean
}

/** Reports a fault where zod collects them; `aboutKey` travels in `params`. */
export function addIssue(
  context: z.RefinementCtx<unknown>,
  { path, message, aboutKey = false }: Issue,
): void {
  context.addIssue({ code: 'custom', path: [...path], message, params: { aboutKey } })
}

type Match = Readonly<Record<string, readonly string[]>>

interface GrantTemplates {
  readonly own: OwnValues
  readonly texts: Way['texts']
  readonly role: string
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
  const role = readTemplate(grant.role, inRole, 'arn')
  if ('fault' in role) issues.push({ path: aimPath(grant, inRole), message: role.fault })
  const [, pathAndName = ''] = /:role\/(.*)$/s.exec(grant.role) ?? []
  if (isReservedRole(pathAndName))
    issues.push({
      path: ['grant', 'role'],
      message:
        'is a role of AWS itself (IAM Identity Center’s, or linked to a service), which nobody takes by SAML',
    })
  if (grant.opens === undefined && isFixed(grant.role) && !parseRoleArn(grant.role))
    issues.push({ path: ['grant', 'role'], message: 'is no role ARN' })
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
