import { adfs } from './adfs.ts'
import { entra } from './entra.ts'
import { generic } from './generic.ts'
import { google } from './google.ts'
import { keycloak } from './keycloak.ts'
import type { IdpKind } from './kind.ts'
import { okta } from './okta.ts'
import { ping } from './ping.ts'
import { shibboleth } from './shibboleth.ts'

/** Kinds of identity providers, by the name that `kind:` gives them. */
export const idpKinds = { generic, okta, adfs, entra, keycloak, google, ping, shibboleth } satisfies Record<
  string,
  IdpKind
>

export type IdpKindName = keyof typeof idpKinds
export const idpKindNames = Object.keys(idpKinds) as [IdpKindName, ...IdpKindName[]]
