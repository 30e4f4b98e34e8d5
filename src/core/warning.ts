/**
 * What `rolebridge check` warns of: what can be served, but lets through or leaves out more than it looks like. A code
 * keeps its meaning, so that scripts can let one pass; the sentence stands in the documentation.
 */
export const warningCodes = {
  'account-unlisted': 'A rule leads to an account that `accounts` does not have.',
  'adfs-cbc': 'AD FS encrypts by AES-CBC, which is accepted in a signed response only.',
  'always-holds': 'A comparison in a rule that allows holds whatever happens, so it asks for nothing.',
  'attribute-unmapped': 'A rule looks at an attribute for which no identity provider has a name.',
  'audience-not-ours': 'In passthrough IAM and the bridge want different audiences in one response.',
  'audience-untried': 'The SAML audience of this partition is a guess.',
  'broker-keys': 'The bridge holds long-term keys of AWS.',
  'digest-of-nothing': 'Channels are told each day what waits, and no rule has a `request`.',
  'broker-keys-unused': 'The bridge holds long-term keys of AWS which no rule needs.',
  'cbc-allowed': '`allowCbc`: what is encrypted by AES-CBC can be tampered with.',
  'certificate-ends': 'A certificate has ended or ends within thirty days.',
  'certificate-other-host': 'The certificate of `tls` is not for the host of `baseUrl`.',
  'color-unknown': 'The colour of an account is none that is shown.',
  'denied-anyway': 'A rule allows what another always denies.',
  'denies-everything': 'A rule denies everybody everything.',
  'everybody-administers': 'Everybody may lock everybody else.',
  'everybody-approves': 'Everybody may allow what others ask for, or need not ask.',
  'everybody-audits': 'Everybody may read everyone’s audit trail.',
  'exact-spelling': 'What denies looks at the exact spelling, and other spellings get through.',
  'holds-when-absent': 'A comparison in a rule that allows also holds for people who lack the attribute.',
  'keycloak-authn-age': 'Keycloak’s answers cannot tell how long ago somebody signed in.',
  'matches-everything': 'A pattern matches every value, and does not look like it.',
  'metadata-plain-http': 'Metadata comes over plain http.',
  namesakes: 'People of two providers who are called the same are one person at AWS.',
  'never-holds': 'A condition can never hold.',
  'never-matches': 'A pattern can match no value.',
  'no-grants': 'No rule grants anything.',
  'pattern-unanchored': 'A pattern also matches inside longer values.',
  'patterns-unindexed': 'Many patterns have no fixed text, so each is tried on every value.',
  'pin-to-loopback': '`pinToSourceIp` where the bridge sees no address that AWS sees.',
  'provider-unusable': 'Nobody can sign in with an identity provider as things are.',
  'region-opt-in': 'STS is asked in a region that an account must turn on first.',
  'region-unknown': 'A region that nobody here has heard of.',
  'rule-repeats': 'A rule adds nothing to an earlier one.',
  'sha1-allowed': '`allowSha1`: such signatures can be forged.',
  'unsolicited-allowed': 'Sign-ins that nobody asked for are accepted.',
  'value-may-not-fit': 'People whose value AWS does not take get no role.',
} as const satisfies Readonly<Record<string, string>>

export type WarningCode = keyof typeof warningCodes

/** One thing that is worth a second look. */
export interface Warning {
  readonly code: WarningCode
  /** Below the top of the configuration. */
  readonly path: readonly (string | number)[]
  readonly message: string
}
