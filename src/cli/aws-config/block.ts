import { cliError, exit } from '../command.ts'
import { lineBreakOf, linesOf, titleOf } from './ini.ts'

/** A profile or another section of ours: the header and its lines, without line breaks. */
export interface OwnSection {
  readonly title: string
  readonly lines: readonly string[]
}

/** A file cut at the marks of one bridge: what is ours between them, and what is not around them. */
export interface Cut {
  readonly before: string
  /** Between the marks, these included; empty when there are none. */
  readonly block: string
  readonly after: string
}

const begin = (url: string) => `# >>> rolebridge ${url} (written by: rolebridge configure)`
const end = (url: string) => `# <<< rolebridge ${url}`
const isMark = (line: string, mark: string) => line.trimEnd().split(' (')[0] === mark.split(' (')[0]

/** Cuts a file. Throws when the marks do not form one pair: then nobody can say which lines are ours. */
export function cut(text: string, url: string, path: string): Cut {
  const lines = linesOf(text)
  const at = (mark: string) => lines.flatMap((line, index) => (isMark(line, mark) ? [index] : []))
  const [begins, ends] = [at(begin(url)), at(end(url))]
  const [from, to] = [begins[0], ends[0]]
  if (from === undefined && to === undefined) return { before: text, block: '', after: '' }
  if (from === undefined || to === undefined || begins.length > 1 || ends.length > 1 || to < from)
    throw cliError(exit.badUsage, unpaired(url, path, begins, ends))
  const after = lines.slice(to + 1)
  const next = after.find((line) => !/^\s*([#;].*)?$/.test(line))
  if (next !== undefined && titleOf(next) === undefined)
    throw cliError(
      exit.badUsage,
      `${path}, line ${to + 2 + after.indexOf(next)}: after the lines of Rolebridge stand settings without a section. Move them to the section that they belong to.`,
    )
  return {
    before: lines.slice(0, from).join(''),
    block: lines.slice(from, to + 1).join(''),
    after: after.join(''),
  }
}

function unpaired(url: string, path: string, begins: readonly number[], ends: readonly number[]): string {
  const at = (lines: readonly number[]) => lines.map((line) => line + 1).join(', ')
  if (ends.length === 0)
    return `${path}, line ${at(begins)}: the lines of Rolebridge begin here, and their last, “${end(url)}”, is lost. Put it back, or remove the first.`
  if (begins.length === 0)
    return `${path}, line ${at(ends)}: the lines of Rolebridge end here, and their first, “${begin(url)}”, is lost. Put it back, or remove the last.`
  return `${path}, lines ${at([...begins, ...ends].sort((left, right) => left - right))}: the marks of ${url} are not one pair. Remove what is twice.`
}

/** The sections that a block holds. */
export function sectionsIn(block: string): readonly OwnSection[] {
  const found: { title: string; lines: string[] }[] = []
  for (const line of linesOf(block).slice(1, -1)) {
    const bare = line.replace(/\r?\n$/, '')
    const title = titleOf(bare)
    if (title !== undefined) found.push({ title, lines: [] })
    else if (bare.trim() !== '') found.at(-1)?.lines.push(bare)
  }
  return found
}

/** Writes a block; empty when there is nothing to say. */
export function blockOf(url: string, sections: readonly OwnSection[], lineBreak: string): string {
  if (sections.length === 0) return ''
  const body = sections.map(({ title, lines }) => [`[${title}]`, ...lines].join(lineBreak))
  return [begin(url), body.join(lineBreak + lineBreak), end(url), ''].join(lineBreak)
}

/** The file with another block in the place of the old one, or at its end. No other line changes. */
export function paste({ before, block: old, after }: Cut, block: string): string {
  if (old !== '' || block === '') return before + block + after
  const lineBreak = lineBreakOf(before)
  const gap = before === '' ? '' : before.endsWith('\n') ? lineBreak : lineBreak + lineBreak
  return before + gap + block
}
