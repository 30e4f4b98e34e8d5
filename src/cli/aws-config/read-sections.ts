import { linesOf, titleOf } from './ini.ts'

/** A section of an AWS file with the values of its settings. */
export interface ReadSection {
  readonly title: string
  readonly settings: Readonly<Record<string, string>>
  /** Nested settings below a setting without a value, `sso_oidc.endpoint_url`. */
  readonly nested: Readonly<Record<string, string>>
}

/** The sections of a text, in order. */
export function readSections(text: string): readonly ReadSection[] {
  const found: { title: string; settings: Record<string, string>; nested: Record<string, string> }[] = []
  let above = ''
  for (const line of linesOf(text)) {
    const title = titleOf(line)
    const [, indent = '', key = '', value = ''] = /^(\s*)([\w-]+)\s*=\s*(.*?)\s*$/.exec(line) ?? []
    if (title !== undefined) found.push({ title, settings: {}, nested: {} })
    else if (key !== '' && indent === '') {
      above = key
      Object.assign(found.at(-1)?.settings ?? {}, { [key]: value })
    } else if (key !== '') Object.assign(found.at(-1)?.nested ?? {}, { [`${above}.${key}`]: value })
  }
  return found
}

export const isProfile = (title: string) => title === 'default' || title.startsWith('profile ')

/** What people call the profile of a section. */
export const nameIn = (title: string) => title.replace(/^profile /, '')
