/** What a first configuration says about one kind of identity provider, so that it fits the kind's guide. */
interface Beginning {
  readonly label: string
  /** Where its metadata is found, for the question. */
  readonly metadata: string
  /** Beyond what `kind:` sets by itself. */
  readonly attributes?: Readonly<Record<string, string>>
  /** Groups arrive as `CORP\name`. */
  readonly domainGroups?: true
}

const mail = { user: 'email', groups: 'groups' }

/** The kinds that `init` and a guide of its own know; a further one is a line here and a page in docs/guides/providers. */
export const initKinds = {
  okta: {
    label: 'Okta',
    metadata: 'Sign On tab of the application, "Metadata URL"',
    attributes: mail,
  },
  entra: { label: 'Microsoft Entra ID', metadata: 'Single sign-on, "App Federation Metadata Url"' },
  adfs: {
    label: 'AD FS',
    metadata: 'https://YOUR-ADFS/FederationMetadata/2007-06/FederationMetadata.xml',
    domainGroups: true,
  },
  keycloak: {
    label: 'Keycloak',
    metadata: 'https://YOUR-KEYCLOAK/realms/YOUR-REALM/protocol/saml/descriptor',
    attributes: mail,
  },
  google: { label: 'Google Workspace', metadata: 'the file that "Download metadata" gives' },
  ping: {
    label: 'PingOne',
    metadata: 'Configuration tab of the application, "IdP Metadata URL"',
    attributes: mail,
  },
  shibboleth: {
    label: 'Shibboleth',
    metadata: 'https://YOUR-IDP/idp/shibboleth',
    attributes: { user: 'mail', groups: 'isMemberOf' },
  },
  generic: { label: 'Corporate sign-in', metadata: 'URL or file', attributes: mail },
} as const satisfies Record<string, Beginning>

export type InitKind = keyof typeof initKinds

/** The beginning of one kind. */
export function beginningOf(kind: InitKind): Beginning {
  return initKinds[kind]
}
