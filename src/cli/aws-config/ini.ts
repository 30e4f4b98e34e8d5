/** A section of an AWS file: its header's line and the names of its settings. */
export interface Section {
  /** As in the brackets, blanks made single: `profile dev`, `default`, `sso-session corp`. */
  readonly title: string
  readonly settings: readonly string[]
}

/** The lines of a text, each with its own line break. */
export function linesOf(text: string): readonly string[] {
  return text.match(/[^\n]*\n|[^\n]+$/g) ?? []
}

/** The line break that a file uses; a new file gets `\n`. */
export function lineBreakOf(text: string): '\r\n' | '\n' {
  return /\r\n/.test(text) ? '\r\n' : '\n'
}

/** The title in a header's brackets; undefined for a line that is no header. */
export function titleOf(line: string): string | undefined {
  const [, inside] = /^\s*\[([^\]]*)\]/.exec(line) ?? []
  return inside
    ?.trim()
    .replace(/\s+/g, ' ')
    .replace(/^(\S+) (["'])(.*)\2$/, '$1 $3')
}

/** The sections of a file, in order. Nested settings (indented) belong to the one above and are left out. */
export function sectionsOf(text: string): readonly Section[] {
  const found: { title: string; settings: string[] }[] = []
  for (const line of linesOf(text)) {
    const title = titleOf(line)
    if (title !== undefined) found.push({ title, settings: [] })
    else if (/^[^\s#;=][^=]*=/.test(line)) found.at(-1)?.settings.push((line.split('=')[0] ?? '').trim())
  }
  return found
}
