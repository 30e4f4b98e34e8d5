/** Words go to stderr, data to stdout: a pipe gets data only. */
export function say(words: string): void {
  process.stderr.write(`${words}\n`)
}

/** Prints data. */
export function print(data: string): void {
  process.stdout.write(data.endsWith('\n') ? data : `${data}\n`)
}

export function printJson(data: unknown): void {
  process.stdout.write(`${JSON.stringify(data, undefined, 2)}\n`)
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
  return `\x1b[${styles[style]}m${text}\x1b[0m`
}

/** Text from elsewhere without what would move the cursor or hide words (control and direction characters). */
export function plain(text: string): string {
  return text.replace(/[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g, '')
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
    stream.write(`\r\x1b[2K${styled('cyan', line)}`)
  }
  const showCursor = () => stream.write('\r\x1b[2K\x1b[?25h')
  stream.write('\x1b[?25l')
  process.once('exit', showCursor)
  draw()
  const timer = setInterval(draw, 100)
  return () => {
    clearInterval(timer)
    process.removeListener('exit', showCursor)
    showCursor()
  }
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
