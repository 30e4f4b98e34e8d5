import { idpKinds } from '../src/saml/idps/index.ts'
import type { IdpKind } from '../src/saml/idps/kind.ts'
import { defaultMfaContexts } from '../src/saml/sign-in/providers.ts'

const list = (items: readonly string[]) => items.map((item) => `\`${item}\``).join('<br>')

function row([name, kind]: [string, IdpKind]): string {
  const attributes = Object.entries(kind.attributes).map(([short, long]) => `${short}: ${long}`)
  const user = [...(kind.user ?? []).map((one) => `\`${one}\``), 'NameID'].join(', then ')
  const { mfaContexts, mfaAttribute } = kind
  const told = mfaAttribute ? `; attribute \`${mfaAttribute.name}\`: ${list(mfaAttribute.values)}` : ''
  const factor = mfaContexts === undefined ? 'as `generic`' : list(mfaContexts) || 'none'
  return `| \`${name}\` | ${list(attributes) || '–'} | ${user} | ${name === 'generic' ? list(defaultMfaContexts) : factor}${told} |`
}

/** What each `kind:` sets, as a table; the configuration's own words win over every cell. */
export function kindsTable(): string {
  const head =
    '| kind | `attributes` | who it is, unless `attributes.user` is set | `mfaContexts` |\n|---|---|---|---|'
  return `${head}\n${Object.entries(idpKinds).map(row).join('\n')}\n`
}
