/**
 * What one kind of identity provider calls things. Names and defaults only: nothing here can relax a check, and
 * everything here can be overridden in the configuration.
 */
export interface IdpKind {
  readonly label: string
  /** Short names for its attributes. */
  readonly attributes: Readonly<Record<string, string>>
  /** Attributes that name the person, the first present one counts; the NameID when none is. */
  readonly user?: readonly string[]
  /** Context classes and authentication methods that mean a second factor. */
  readonly mfaContexts?: readonly string[]
  /** Those of them to ask for; default: all. */
  readonly asks?: readonly string[]
  /** A RequestedAuthnContext for a second factor is refused there: people sign in anew, and its own policy decides. */
  readonly takesNoWish?: true
  /** Attribute that tells of the second factor where the context does not. */
  readonly mfaAttribute?: { readonly name: string; readonly values: readonly string[] }
}
