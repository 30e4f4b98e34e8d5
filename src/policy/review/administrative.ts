import { matchesWildcard } from '../compile/wildcard.ts'

/** Whether a role, by its ARN or its name alone, may change a great deal; `because` says who says so. */
export type IsAdministrative = ((role: string) => boolean) & { readonly because: string }

/**
 * The bridge does not see what a role may do. Whoever writes the configuration does: `named` are their patterns. Without
 * any all there is is a guess by the words of its name.
 */
export function administrativeRoles(named: readonly string[] | undefined): IsAdministrative {
  if (named === undefined)
    return Object.assign((role: string) => soundsAdministrative(nameOf(role)), {
      because: 'by its name is an administrator’s role (review.administratorRoles says which are)',
    })
  const meant = (pattern: string, role: string) => {
    if (pattern.startsWith('arn:')) return role
    return pattern.includes('/') ? withPath(role) : nameOf(role)
  }
  const matches = (role: string) => named.some((pattern) => matchesWildcard(pattern, meant(pattern, role)))
  return Object.assign(matches, { because: 'review.administratorRoles names' })
}

/** The last part: an account has one role of a name, whatever its path. */
const nameOf = (role: string) => role.split('/').at(-1) ?? role
const withPath = (role: string) => role.replace(/^arn:[^/]*:role\//, '')

/** Those of AWS itself that say so otherwise. */
const byAws = ['OrganizationAccountAccessRole', 'AWSControlTowerExecution']
const whole = new Set(['adm', 'root', 'sudo', 'superuser', 'poweruser', 'breakglass', 'fullaccess'])
const together = ['poweruser', 'superuser', 'breakglass', 'fullaccess', 'fulladmin']

/** By words, so that badminton has no administrators; what only reads is none. */
function soundsAdministrative(name: string): boolean {
  if (byAws.includes(name)) return true
  const words = wordsOf(name)
  const pairs = words.slice(1).map((word, index) => `${words[index]}${word}`)
  if ([...words, ...pairs].some((word) => /^(?:read|view)only$/.test(word))) return false
  return (
    words.some((word) => /^admin|admins?$/.test(word) || whole.has(word)) ||
    pairs.some((pair) => together.some((one) => pair.startsWith(one)))
  )
}

/** `AWSAdminAccess-prod` is `aws admin access prod`. */
function wordsOf(name: string): readonly string[] {
  return name
    .replace(/([a-z\d])([A-Z])|([A-Z])([A-Z][a-z])/g, '$1$3 $2$4')
    .toLowerCase()
    .split(/[^a-z]+/)
    .filter((word) => word !== '')
}
