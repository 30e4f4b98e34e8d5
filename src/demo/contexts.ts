/** The authentication contexts of the demo's identity provider, with and without a second factor. */
export const mfaContext = 'https://refeds.org/profile/mfa'
const passwordContext = 'urn:oasis:names:tc:SAML:2.0:ac:classes:PasswordProtectedTransport'

export const contextOf = (mfa: boolean) => (mfa ? mfaContext : passwordContext)
