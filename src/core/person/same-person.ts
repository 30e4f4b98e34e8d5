import { attributeValues, type Identity, lastingKey } from './identity.ts'
import { plainName } from './plain-name.ts'

/** Somebody as a record names them, so that they are known again whichever way they sign in. */
export interface Party {
  /** `lastingKey`. */
  readonly key: string
  readonly user: string
  readonly idp: string
  /** By what else they go, without domains. */
  readonly names: readonly string[]
}

/** Last parts of the names of attributes that say how a person is called. */
const naming =
  /(?:^|[/:.])(?:e?mail|email-?address|upn|eppn|eduPersonPrincipalName|user-?name|uid|login|(?:preferred_|unique_)(?:user)?name|(?:sam|windows)accountname|claims\/name)$/i
/** The same by their numbers: uid, mail, eduPersonPrincipalName, sAMAccountName, userPrincipalName. */
const numbered =
  /^urn:oid:(?:0\.9\.2342\.19200300\.100\.1\.[13]|1\.3\.6\.1\.4\.1\.5923\.1\.1\.1\.6|1\.2\.840\.113556\.1\.4\.(?:221|656))$/
const [mostNames, longestName] = [20, 256]

/** Who it is, with all their names. */
export function partyOf(identity: Identity): Party {
  const { user, nameId, nameIdFormat, provider, attributes } = identity
  const isTransient = nameIdFormat?.endsWith(':transient') ?? false
  const others = Object.keys(attributes)
    .filter((name) => naming.test(name) || numbered.test(name))
    .flatMap((name) => attributeValues(attributes, name))
  const names = [user, ...(isTransient ? [] : [nameId]), ...others].map((name) =>
    bareName(name).slice(0, longestName),
  )
  const known = [...new Set(names)].filter((name) => name !== '').slice(0, mostNames)
  return { key: lastingKey(identity), user, idp: provider, names: known }
}

/**
 * Whether two could be one person: the same by their provider, or called the same, wherever and however written. Two
 * people may share a name; it is for checks in which that is the safe mistake.
 */
export function isSamePerson(one: Party, other: Party): boolean {
  return one.key === other.key || one.names.some((name) => other.names.includes(name))
}

/**
 * `CORP\alice`, `Alice@corp.example` and `alice` are one name: one provider says the domain, and another does not. So are
 * `alice+aws@corp.example`, which reaches the same mailbox (RFC 5233), and `alice_corp.example#EXT#@tenant`, as Entra ID calls
 * its guests.
 */
function bareName(text: string): string {
  const plain = plainName(text).slice(0, 4 * longestName)
  const guest = /^(.+)_[^_@]*#ext#@/.exec(plain)?.[1]
  const bare = guest ?? plain.replace(/^[^\\]*\\/, '').replace(/@[^@]*$/, '')
  const untagged = bare === plain ? bare : bare.replace(/\+.*$/, '')
  return (untagged || bare || plain).trim()
}
