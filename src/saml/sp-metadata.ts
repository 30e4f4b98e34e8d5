import samlify from 'samlify'

/** What the metadata of the service provider says; certificates are PEM. */
export interface SpMetadataOptions {
  readonly entityId: string
  readonly acsUrl: string
  readonly sloUrl?: string | undefined
  readonly signingCerts: readonly string[]
  readonly encryptionCerts: readonly string[]
  readonly signsRequests: boolean
  readonly nameIdFormats: readonly string[]
}

/** SAML metadata of the service provider (SAML Metadata §2.4.4), made by samlify. */
export function spMetadata(options: SpMetadataOptions): string {
  const { binding } = samlify.Constants.namespace
  const slo = options.sloUrl
  return samlify
    .ServiceProvider({
      entityID: options.entityId,
      authnRequestsSigned: options.signsRequests,
      wantAssertionsSigned: true,
      signingCert: [...options.signingCerts],
      encryptCert: [...options.encryptionCerts],
      nameIDFormat:
        options.nameIdFormats.length > 0
          ? [...options.nameIdFormats]
          : ['urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified'],
      assertionConsumerService: [{ Binding: binding.post, Location: options.acsUrl, isDefault: true }],
      singleLogoutService:
        slo === undefined
          ? []
          : [
              { Binding: binding.redirect, Location: slo },
              { Binding: binding.post, Location: slo },
            ],
    })
    .getMetadata()
}
