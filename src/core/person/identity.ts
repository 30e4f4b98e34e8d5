/** What an identity provider vouched for: read from signed bytes only. Plain data, safe to store as JSON. */
export interface Identity {
  /** Name of the identity provider in our configuration, for example `okta`. */
  readonly provider: string
  /** How it vouched. An issuer may speak several, and calls different people by the same name in each. */
  readonly protocol: 'saml' | 'openid' | 'workload'
  /** Entity ID of the identity provider (SAML Core §2.2.5), or the issuer of its tokens. */
  readonly issuer: string
  /** The person's name for sessions, audit and templates: the mapped `user` attribute, else the NameID. */
  readonly user: string
  readonly nameId: string
  /** The provider sent no NameID: `nameId` repeats `user`, and no logout message can name the person. */
  readonly nameIdAbsent?: boolean | undefined
  readonly nameIdFormat?: string
  readonly nameQualifier?: string
  readonly spNameQualifier?: string
  /** SessionIndex of the AuthnStatement; single logout names it (SAML Core §2.7.2). */
  readonly sessionIndex?: string
  /** Attributes by Name, and again under the short names of `attributes:` in the configuration. */
  readonly attributes: Attributes
  /** When the person proved who they are, epoch milliseconds. */
  readonly authnInstant: number
  /** The provider did not say when: `authnInstant` is when it told us, and nothing has an age by it. */
  readonly authnInstantUnsaid?: true
  /** AuthnContextClassRef. */
  readonly authnContext?: string
  /** The identity provider wants the session to end here, epoch milliseconds. */
  readonly sessionNotOnOrAfter?: number
  /** The person used a second factor, as far as the authentication context or an attribute says so. */
  readonly mfa: boolean
}

/** Whom a provider names, for good: the same through all sign-ins, and through a new `provider` in the configuration. */
export type Whose = Pick<Identity, 'protocol' | 'issuer' | 'nameId'>

/** One text for each somebody, and another for everybody else; what is kept or counted for a person goes by it. */
export function personKey({ protocol, issuer, nameId }: Whose): string {
  return JSON.stringify([protocol, issuer, nameId])
}

const transient = 'urn:oasis:names:tc:SAML:2.0:nameid-format:transient'

/**
 * Who it is from one sign-in to the next. A transient NameID is another one each time (SAML Core §8.3.8): there it is
 * the name that an attribute gives the person. Without one nobody can be told to be the same.
 */
export function lastingKey({ protocol, issuer, nameId, nameIdFormat, user }: Identity): string {
  return nameIdFormat === transient
    ? JSON.stringify([protocol, issuer, transient, user])
    : personKey({ protocol, issuer, nameId })
}

/** Attribute values by name, in document order. */
export type Attributes = Readonly<Record<string, readonly string[]>>

/** The values of one attribute; an absent attribute has none. Never reads the prototype. */
export function attributeValues(attributes: Attributes, name: string): readonly string[] {
  return Object.hasOwn(attributes, name) ? (attributes[name] ?? []) : []
}
