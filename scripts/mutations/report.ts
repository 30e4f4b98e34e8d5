import type { Removal } from './removal.ts'

/** What came of taking one check away. */
export interface Row {
  readonly room: string
  readonly removal: Removal
  /** The first test that failed. */
  readonly noticed: string | undefined
}

/** A table for each room, folded. */
export function markdown(rows: readonly Row[]): string {
  return roomsOf(rows)
    .map((room) => {
      const own = rows.filter((row) => row.room === room)
      const lines = own.map(({ removal, noticed }) => {
        const doubled = removal.doubledBy && `doubled by: ${removal.doubledBy}`
        const file = removal.file.replace(/^src\//, '')
        return `| ${removal.name} | \`${file}\` | ${cell(noticed ?? doubled ?? '**nothing noticed**')} |`
      })
      return [
        `<details><summary>${room}: ${own.length} checks</summary>\n`,
        '| check | file in `src` | first test that fails without it |',
        '|---|---|---|',
        ...lines,
        '\n</details>\n',
      ].join('\n')
    })
    .join('\n')
}

/** One row of counts for each room. */
export function totals(rows: readonly Row[]): string {
  const counts = (label: string, own: readonly Row[]) => {
    const seen = own.filter(({ noticed }) => noticed !== undefined).length
    const double = own.filter(({ noticed, removal }) => noticed === undefined && removal.doubledBy).length
    return `| ${label} | ${own.length} | ${seen} | ${double} | ${own.length - seen - double} |`
  }
  return [
    '| room | checks | noticed | doubled | unnoticed |',
    '|---|---|---|---|---|',
    ...roomsOf(rows).map((room) =>
      counts(
        `\`${room}\``,
        rows.filter((row) => row.room === room),
      ),
    ),
    counts('all', rows),
  ].join('\n')
}

const roomsOf = (rows: readonly Row[]) => [...new Set(rows.map(({ room }) => room))]
const cell = (text: string) => text.replaceAll('|', '\\|').replaceAll('<', '&lt;')
