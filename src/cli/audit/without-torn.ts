import { plain } from '../terminal/plain-text.ts'
import { say } from '../terminal/terminal.ts'

/** Files as somebody named them, `audit.jsonl*` say, without what a crash tore beside one of them: it is no part of a chain. */
export async function withoutTorn(files: readonly string[]): Promise<readonly string[]> {
  const { tornFile } = await import('../../events/index.ts')
  const torn = new Set(files.map(tornFile))
  for (const file of files.filter((one) => torn.has(one)))
    say(`${plain(file)} holds what a crash tore, which counts for nothing; it is left out.`)
  return files.filter((one) => !torn.has(one))
}
