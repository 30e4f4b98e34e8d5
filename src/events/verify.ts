import { type FileHandle, open } from 'node:fs/promises'
import { type ChainEnd, genesis, hashLine, readLink } from './chain.ts'
import { linesFrom } from './lines.ts'

/** A part of a chain that is kept by itself: a file, or the rows of a node. */
export interface ChainPart {
  readonly name: string
  lines(): AsyncIterable<{ readonly bytes: Buffer; readonly complete: boolean }>
}

export type ChainVerdict =
  | {
      readonly ok: true
      readonly lines: number
      /** What the first line continues: the genesis, or the end of what was before (log rotation, retention). */
      readonly start: ChainEnd
      /** Keep a copy elsewhere: a chain cannot show that its last lines were cut off. */
      readonly end: ChainEnd
    }
  | {
      readonly ok: false
      /** Of which part, and its line, counted from one; zero when the fault lies between what was anchored and all of it. */
      readonly part: string
      readonly line: number
      readonly reason: string
    }

/** Audit files, as `verifyParts`; in the order of their numbers, however they were named. */
export async function verifyChain(paths: string | readonly string[], head?: ChainEnd): Promise<ChainVerdict> {
  return verifyParts(await chainFiles([paths].flat()), head)
}

/**
 * Reads the parts of a chain from its start and says where it breaks, if it does: a line that was edited, removed, added or
 * put elsewhere, and with `head`, an end that was known before, lines that were cut off. Rejects when one is unreadable.
 */
export async function verifyParts(parts: readonly ChainPart[], head?: ChainEnd): Promise<ChainVerdict> {
  let start: ChainEnd | undefined
  let end: ChainEnd | undefined
  let lines = 0
  let last = ''
  for (const part of parts) {
    let line = 0
    const broken = (reason: string): ChainVerdict => ({ ok: false, part: part.name, line, reason })
    for await (const { bytes, complete } of part.lines()) {
      line++
      if (!complete) return broken('the last line is torn')
      const link = readLink(bytes)
      if (!link) return broken('this is no line of an audit file')
      start ??= { seq: link.seq - 1, hash: link.prev }
      const reason = breakBetween(end ?? start, link)
      if (reason) return broken(reason)
      end = { seq: link.seq, hash: hashLine(bytes) }
      if (isOther(end, head)) return broken('this is not the line that was anchored: it was changed')
    }
    lines += line
    last = part.name
  }
  const reason = head && cutOff(start ?? genesis, end ?? genesis, head)
  if (reason) return { ok: false, part: last, line: 0, reason }
  return { ok: true, lines, start: start ?? genesis, end: end ?? genesis }
}

function isOther(end: ChainEnd, head: ChainEnd | undefined): boolean {
  return head !== undefined && end.seq === head.seq && end.hash !== head.hash
}

function cutOff(start: ChainEnd, end: ChainEnd, head: ChainEnd): string | undefined {
  if (end.seq < head.seq)
    return `it ends with number ${end.seq}, but ${head.seq} was anchored: lines were cut off`
  if (start.seq > head.seq)
    return `it begins behind the number ${head.seq} that was anchored: name the file before it as well`
  if (start.seq === head.seq && start.hash !== head.hash)
    return 'what it continues is not the line that was anchored'
  return undefined
}

function breakBetween(before: ChainEnd, link: { seq: number; prev: string }): string | undefined {
  if (before.seq === 0 && link.prev !== genesis.hash) return 'the first line does not start the chain'
  if (link.seq !== before.seq + 1)
    return `line number ${link.seq} follows ${before.seq}: lines are missing or added`
  if (link.prev !== before.hash) return 'the line before was changed, or this one was put in its place'
  return undefined
}

/** Files that log rotation made, as parts of one chain. */
async function chainFiles(paths: readonly string[]): Promise<ChainPart[]> {
  const files = await Promise.all(
    paths.map(async (path) => ({ path, first: await withFile(path, firstNumber) })),
  )
  return files
    .sort((a, b) => a.first - b.first)
    .map(({ path }) => ({ name: path, lines: () => linesOf(path) }))
}

/** The number of a file's first line; one that has none comes first, where it is noticed. */
export async function firstNumber(handle: FileHandle): Promise<number> {
  for await (const { bytes } of linesFrom(handle)) return readLink(bytes)?.seq ?? 0
  return 0
}

async function withFile<T>(path: string, read: (handle: FileHandle) => Promise<T>): Promise<T> {
  const handle = await open(path, 'r')
  try {
    return await read(handle)
  } finally {
    await handle.close()
  }
}

async function* linesOf(path: string) {
  const handle = await open(path, 'r')
  try {
    yield* linesFrom(handle)
  } finally {
    await handle.close()
  }
}
