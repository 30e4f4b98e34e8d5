/** What the script for AD FS says, as PowerShell and AD FS read it: as much of both languages as the script uses. */
export interface Script {
  readonly bridge: string
  readonly identifier: string
  /** Values of the parameters of its commands, by name. */
  readonly parameter: (name: string) => string | undefined
  /** What AD FS issues about somebody: claim types and their values. */
  readonly issue: (directory: Directory) => ReadonlyMap<string, readonly string[]>
}

/** What Active Directory and the sign-in know of somebody. */
export interface Directory {
  readonly account: string
  readonly userPrincipalName: string
  /** Qualified by domain name, as they come. */
  readonly groups: readonly string[]
  readonly methods: readonly string[]
}

interface Claim {
  readonly type: string
  readonly value: string
}

const accountName = 'http://schemas.microsoft.com/ws/2008/06/identity/claims/windowsaccountname'
const methodsOf = 'http://schemas.microsoft.com/claims/authnmethodsreferences'

export function readScript(text: string): Script {
  const variables: Record<string, string> = {}
  for (const [, name = '', value = ''] of text.matchAll(/^\$(\w+) += '([^']*)'/gm)) variables[name] = value
  // about_Quoting_Rules: a backtick takes its meaning from what follows, a variable becomes its value.
  const expanded = (said: string) =>
    said.replace(/`(.)|\$([A-Za-z_]\w*)/g, (_all, escaped?: string, name?: string) => {
      if (escaped !== undefined) return escaped
      const value = variables[name ?? '']
      if (value === undefined) throw new Error(`$${name} has no value`)
      return value
    })
  const [, here = ''] = /\$rules = @"\n([\s\S]*?)\n"@/.exec(text) ?? []
  const rules = expanded(here)
    .split(/^@RuleName = .*$/m)
    .map((rule) => rule.trim())
    .filter((rule) => rule !== '')
  const { bridge = '', identifier = '' } = variables
  return {
    bridge,
    identifier: expanded(identifier),
    parameter: (name) => new RegExp(`-${name} (?:'([^']*)'|(\\S+))`).exec(text)?.slice(1).find(Boolean),
    issue: (directory) => {
      const known: Claim[] = [
        { type: accountName, value: directory.account },
        ...directory.methods.map((value) => ({ type: methodsOf, value })),
      ]
      const issued = new Map<string, readonly string[]>()
      for (const rule of rules)
        for (const { type, value } of applied(rule, known, directory)) {
          // What is issued can be matched by the rules after it.
          known.push({ type, value })
          issued.set(type, [...(issued.get(type) ?? []), value])
        }
      return issued
    },
  }
}

/** One rule: a condition on one claim, and what is issued for each claim that meets it. */
function applied(rule: string, known: readonly Claim[], directory: Directory): readonly Claim[] {
  const [, condition = '', issuance = ''] = /^c:\[(.*?)\]\s*=> issue\(([\s\S]*)\);$/.exec(rule) ?? []
  if (issuance === '') throw new Error(`no rule: ${rule}`)
  const type = text(/\bType == ("[^"]*")/.exec(condition)?.[1])
  const pattern = /\bValue =~ ("[^"]*")/.exec(condition)?.[1]
  return known
    .filter(
      (claim) => claim.type === type && (pattern === undefined || expression(pattern).test(claim.value)),
    )
    .flatMap((claim) => {
      if (issuance === 'claim = c') return [claim]
      const stored = /types = \(("[^"]*")\),\s*query = ";([\w()]+);\{0\}", param = c\.Value/.exec(issuance)
      if (stored) return queried(stored[2], directory).map((value) => ({ type: text(stored[1]), value }))
      const made =
        /^Type = ("[^"]*"),\s*Value = (c\.Value|RegExReplace\(c\.Value, ("[^"]*"),\s*("[^"]*")\))/.exec(
          issuance,
        )
      if (!made) throw new Error(`no issuance: ${issuance}`)
      const value = made[3] ? claim.value.replace(expression(made[3]), text(made[4])) : claim.value
      return [{ type: text(made[1]), value }]
    })
}

function queried(query: string | undefined, directory: Directory): readonly string[] {
  if (query === 'userPrincipalName') return [directory.userPrincipalName]
  if (query === 'tokenGroups(domainQualifiedName)') return directory.groups
  throw new Error(`no query: ${query}`)
}

/** A string of the claim rule language ends at its quotation mark and knows no escapes. */
const text = (quoted = '""') => quoted.slice(1, -1)

/** Of .NET's expressions the script uses nothing that others do not know, but for the switch in front. */
function expression(quoted: string): RegExp {
  const [, flag, body = ''] = /^(\(\?i\))?(.*)$/.exec(text(quoted)) ?? []
  return new RegExp(body, flag ? 'i' : '')
}
