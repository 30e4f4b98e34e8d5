import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** A piece of configuration that people may copy. */
export interface Block {
  /** File and line, as an editor opens them. */
  readonly place: string
  readonly text: string
  /** What stands behind `yaml` in the info string: whose file it is when it is not ours, or `refused`. */
  readonly note: string
}

const root = join(import.meta.dirname, '../..')

/** Every page of words in the project, as paths from its root. */
export function pages(): readonly string[] {
  return ['.', 'certs', 'docs', 'examples', 'src', 'test'].flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: folder !== '.', encoding: 'utf8' })
      .map((name) => join(folder, name).replaceAll('\\', '/'))
      .filter((name) => name.endsWith('.md'))
      .sort(),
  )
}

/** The fenced blocks of a page in one of these languages; a fence may be indented, and so is its text then. */
export function blocksOf(page: string, markdown: string, languages: readonly string[]): readonly Block[] {
  const blocks: Block[] = []
  let open: { fence: string; indent: number; info: string; line: number; lines: string[] } | undefined
  for (const [index, line] of markdown.split('\n').entries()) {
    const [, indent = '', fence, info = ''] = /^( *)(`{3,}|~{3,})\s*(.*?)\s*$/.exec(line) ?? []
    if (open === undefined) {
      if (fence) open = { fence, indent: indent.length, info, line: index + 1, lines: [] }
    } else if (fence?.startsWith(open.fence) && info === '') {
      const [language = '', ...note] = open.info.split(/\s+/)
      if (languages.includes(language.toLowerCase()))
        blocks.push({ place: `${page}:${open.line}`, text: open.lines.join('\n'), note: note.join(' ') })
      open = undefined
    } else open.lines.push(line.slice(Math.min(open.indent, line.search(/\S|$/))))
  }
  if (open) throw new Error(`${page}:${open.line}: this block is never closed`)
  return blocks
}

/** Every such block of every page. */
export function allBlocks(languages: readonly string[]): readonly Block[] {
  return pages().flatMap((page) => blocksOf(page, readFileSync(join(root, page), 'utf8'), languages))
}

/** The example configurations, each a whole file; templates of AWS, and files that another one includes, are none. */
export function examples(): readonly Block[] {
  return readdirSync(join(root, 'examples'), { recursive: true, encoding: 'utf8' })
    .filter(
      (name) =>
        /\.ya?ml$/.test(name) &&
        !/^(iam-|compose|github-action\W|gitlab\W|kubernetes\W|company\W(?:accounts|rules))/.test(name),
    )
    .sort()
    .map((name) => ({
      place: `examples/${name}`,
      text: readFileSync(join(root, 'examples', name), 'utf8'),
      note: '',
    }))
}
