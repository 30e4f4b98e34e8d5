import { parse } from 'yaml'

/** The least that is sound, part by part: what a fragment of a page does not say, stands here. */
const frame: Readonly<Record<string, string>> = {
  baseUrl: 'baseUrl: https://aws.corp.example',
  trustProxy: 'trustProxy: 1',
  secret: 'secret: ${ROLEBRIDGE_SECRET}',
  identityProviders: [
    'identityProviders:',
    '  okta: { kind: okta, metadata: https://corp.okta.com/app/abc/sso/saml/metadata }',
  ].join('\n'),
  aws: [
    'aws:',
    '  region: eu-west-1',
    '  signingKey: certs/aws-signing.pem',
    '  signingCert: certs/aws-signing.crt',
  ].join('\n'),
  rules: [
    'rules:',
    "  - { id: framed, match: { groups: '^framed$' }, grant: { role: 'arn:aws:iam::111122223333:role/Framed' } }",
  ].join('\n'),
}

/** A block that names an origin is meant to be a whole file, and gets nothing added. */
export function isWhole(text: string): boolean {
  return /^baseUrl:/m.test(text)
}

/** A fragment completed to a whole file. A list is one of rules. Its own lines keep their order. */
export function completed(text: string): string {
  if (isWhole(text)) return text
  const value: unknown = parse(text, { logLevel: 'silent' })
  const own = Array.isArray(value) ? `rules:\n${text.replace(/^/gm, '  ')}` : text
  const given = Object.keys(Object(Array.isArray(value) ? { rules: value } : value))
  const missing = Object.entries(frame).filter(([part]) => !given.includes(part))
  return `${own}\n${missing.map(([, lines]) => lines).join('\n')}\n`
}

/** The files that a configuration names: keys and certificates by their ending, metadata by its key. */
export function namedFiles(text: string): {
  readonly pairs: readonly string[]
  readonly metadata: readonly string[]
} {
  const pairs = new Set<string>()
  const metadata = new Set<string>()
  walk(parse(text, { logLevel: 'silent' }), '', (key, value) => {
    const [, stem] = /^(?!https?:)(.+)\.(?:pem|crt)$/.exec(value) ?? []
    if (stem !== undefined) pairs.add(stem)
    else if (key === 'metadata' && !/^https?:/.test(value)) metadata.add(value)
  })
  return { pairs: [...pairs], metadata: [...metadata] }
}

function walk(value: unknown, key: string, visit: (key: string, value: string) => void): void {
  if (typeof value === 'string') visit(key, value)
  else if (Array.isArray(value)) for (const one of value) walk(one, key, visit)
  else if (typeof value === 'object' && value !== null)
    for (const [name, inner] of Object.entries(value)) walk(inner, name, visit)
}
