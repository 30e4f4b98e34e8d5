import { randomBytes } from 'node:crypto'
import { exit } from '../command.ts'
import { visibleLines } from './plain-text.ts'

/**
 * Everything that this program shows goes through here. Where a text comes from does not matter: only styles that
 * carry this seal become escape sequences, and nobody outside this process can know it.
 */
const seal = randomBytes(12).toString('base64url')

/** A text as it may reach a terminal: our styles work, whatever else a terminal would obey is written out. */
function shown(text: string): string {
  return visibleLines(text).replaceAll(new RegExp(`${seal}(\\d+)m`, 'g'), '\x1b[$1m')
}

/** Words go to stderr, data to stdout: a pipe gets data only. */
export function say(words: string): void {
  process.stderr.write(shown(`${words}\n`))
}

/** Prints data. */
export function print(data: string): void {
  process.stdout.write(shown(data.endsWith('\n') ? data : `${data}\n`))
}

/** Prints a document of JSON, by default over several lines. */
export function printJson(data: unknown, indent = 2): void {
  print(JSON.stringify(data, undefined, indent))
}

/** Shows what a library drew with colours of its own; never a text. */
export function sayPicture(picture: string): void {
  process.stderr.write(`${picture}\n`)
}

/** Draws lines over as many drawn before, on stderr. */
export function redraw(before: number, lines: readonly string[]): void {
  const back = before === 0 ? '' : `\x1b[${before}A\r\x1b[J`
  process.stderr.write(`${back}${shown(`${lines.join('\n')}\n`)}`)
}

/** Whether somebody sits there who can be asked something. */
export function canAsk(): boolean {
  return process.stdin.isTTY === true && process.stderr.isTTY === true && !process.env.CI
}

const styles = { bold: '1', dim: '2', red: '31', green: '32', yellow: '33', blue: '34', cyan: '36' } as const

/** Colours a text for stderr (or the stream given); as it is where nobody wants colours (no-color.org). */
export function styled(
  style: keyof typeof styles,
  text: string,
  stream: NodeJS.WriteStream = process.stderr,
): string {
  if (!stream.isTTY || process.env.NO_COLOR || process.env.TERM === 'dumb') return text
  return `${seal}${styles[style]}m${text}${seal}0m`
}

/** A line that turns and counts down until it is stopped; silent where nobody looks. */
export function spinner(label: (secondsLeft: number) => string, seconds: number): () => void {
  const stream = process.stderr
  if (!stream.isTTY) return () => {}
  const frames = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏']
  const end = performance.now() + seconds * 1000
  let turn = 0
  const draw = () => {
    const left = Math.max(0, Math.ceil((end - performance.now()) / 1000))
    const line = `${frames[turn++ % frames.length]} ${label(left)}`.slice(0, (stream.columns || 80) - 1)
    stream.write(`\r\x1b[2K${shown(styled('cyan', line))}`)
  }
  const showCursor = () => stream.write('\r\x1b[2K\x1b[?25h')
  // A signal ends the process without its `exit`, and the shell would go on without a cursor.
  const interrupted = () => process.exit(exit.interrupted)
  stream.write('\x1b[?25l')
  process.once('exit', showCursor)
  process.once('SIGINT', interrupted)
  draw()
  const timer = setInterval(draw, 100)
  return () => {
    clearInterval(timer)
    process.removeListener('exit', showCursor)
    process.removeListener('SIGINT', interrupted)
    showCursor()
  }
}

/** A long line broken between words, the rest set in further than its start; as it is where no terminal reads. */
export function wrapped(line: string, stream: NodeJS.WriteStream = process.stderr): string {
  if (!stream.isTTY) return line
  const [indent = ''] = /^ */.exec(line) ?? []
  const rows: string[] = []
  for (const word of line.trim().split(' ')) {
    const row = rows.at(-1)
    if (row !== undefined && row.length + 1 + word.length < (stream.columns || 80))
      rows[rows.length - 1] = `${row} ${word}`
    else rows.push(`${indent}${row === undefined ? '' : '  '}${word}`)
  }
  return rows.join('\n')
}

/** Rows under each other, columns as wide as their widest cell. */
export function table(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)))
  return rows
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n')
}
