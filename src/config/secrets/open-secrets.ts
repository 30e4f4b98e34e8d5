import type { ConfigDocument } from '../document.ts'
import type { Finding } from '../fault.ts'

/** Where a secret may stand in the file itself, and what it looks like once the environment's part is taken out. */
const places: Readonly<Record<string, RegExp>> = {
  secret: /[^\s[\]"',-]{8,}/,
  identityProviders: /clientSecret["']?\s*:\s*["']?[^\s"',}#]{4,}/,
  outgoing: /:\/\/[^\s/@]*:[^\s/@]+@/,
  audit: /whsec_[^\s"',}#]{4,}|authorization["']?\s*:\s*["']?(?:[A-Za-z]+ +)?[^\s"',}#]{8,}/,
  notify: /whsec_[^\s"',}#]{4,}|https?:\/\/[^\s"'#]*[/=][\w%-]{20,}/,
  store: /:\/\/[^\s/@]*:[^\s/@]+@/,
  history: /:\/\/[^\s/@]*:[^\s/@]+@/,
}

/** Secrets that are written out in a file which others may read. `exposure` says who may. */
export function openSecrets(
  { writtenAt }: Pick<ConfigDocument, 'writtenAt'>,
  exposure: string | undefined,
): Finding[] {
  if (exposure === undefined) return []
  return Object.entries(places).flatMap(([name, looksSecret]) => {
    const own = writtenAt(name)
      .replaceAll(/(?:^|\s)#.*$/gm, '')
      // A value that ends with the environment's ends there: the key of the next line is none of it.
      .replaceAll(/\$\{(?:\w+|file:[^}\n]+)\}[ \t]*$/gm, '""')
      .replaceAll(/\$\{(?:\w+|file:[^}\n]+)\}/g, '')
    if (!looksSecret.test(own)) return []
    const message = `stands in this file, but ${exposure}, or name an environment variable here, \${…}, or a file, \${file:…}`
    return [{ path: [name], message }]
  })
}
