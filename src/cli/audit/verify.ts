import { randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import { type Command, InvalidArgumentError } from 'commander'
import type { ChainEnd, ChainVerdict } from '../../events/index.ts'
import { cliError, exit } from '../command.ts'
import { plain } from '../terminal/plain-text.ts'
import { print, printJson, say } from '../terminal/terminal.ts'
import { historyOf } from './history-of.ts'
import { withoutTorn } from './without-torn.ts'

interface Options {
  readonly config?: string
  readonly head?: ChainEnd
  readonly node?: string
  readonly json?: true
}

interface Checked {
  readonly chain: string
  readonly verdict: ChainVerdict
}

/** Adds `audit verify` to `audit`. */
export function verify(audit: Command): void {
  audit
    .command('verify')
    .description('whether the chain of the audit trail is whole, and where it breaks')
    .argument(
      '[file...]',
      'audit files of one chain, in whatever order; default: what the configuration names',
    )
    .option('-c, --config <file>', 'configuration file, where no audit file is given')
    .option('--head <seq:hash>', 'an end that was noted before: nothing up to it may be missing', headOf)
    .option('--node <name>', 'of a chain in the database: of this node alone')
    .option('--json', 'print the verdict as JSON')
    .action(async (files: readonly string[], _: unknown, command: Command) => {
      const options = command.optsWithGlobals<Options>()
      const checked = files.length > 0 ? [await ofFiles(files, options)] : await ofConfiguration(options)
      if (options.json) printJson({ chains: checked.map(({ chain, verdict }) => ({ chain, ...verdict })) }, 2)
      else for (const one of checked) tell(one)
      if (checked.some(({ verdict }) => !verdict.ok)) throw cliError(exit.notAuthorised, '')
    })
}

function headOf(text: string): ChainEnd {
  const [, seq, hash] = /^(\d{1,15}):([0-9a-f]{64})$/.exec(text) ?? []
  if (seq === undefined || hash === undefined)
    throw new InvalidArgumentError('Write it as it was printed: number, colon, 64 hexadecimal digits.')
  return { seq: Number(seq), hash }
}

async function ofFiles(named: readonly string[], { head }: Options): Promise<Checked> {
  const { verifyChain } = await import('../../events/index.ts')
  const files = await withoutTorn(named)
  return { chain: files.join(', '), verdict: await verifyChain(files, head) }
}

async function ofConfiguration(options: Options): Promise<Checked[]> {
  if (options.config === undefined && !existsSync('rolebridge.yaml'))
    throw cliError(
      exit.badUsage,
      'Name the audit files to look at, or with --config a configuration: there is no rolebridge.yaml here.',
    )
  const { audit, database } = await historyOf(options.config ?? 'rolebridge.yaml')
  if (audit.database !== 'required') {
    if (audit.file === undefined)
      throw cliError(
        exit.badUsage,
        'This configuration keeps no audit trail in files. Name the files to look at.',
      )
    const { chainFiles } = await import('../../history/index.ts')
    return [await ofFiles(await chainFiles(audit.file), options)]
  }
  const { openChains } = await import('../../history/index.ts')
  const { verifyParts } = await import('../../events/index.ts')
  const { chains, close } = await openChains(database, { random: randomBytes, warn: say })
  try {
    const wanted = chains.filter(({ node }) => options.node === undefined || options.node === node)
    if (wanted.length === 0)
      throw cliError(
        exit.badUsage,
        `The database holds no chain${options.node === undefined ? '' : ` of node ${plain(options.node)}`}.`,
      )
    if (options.head && wanted.length > 1)
      throw cliError(
        exit.badUsage,
        `--head is of one chain: name its node, --node (${wanted.map(({ node }) => plain(node)).join(', ')}).`,
      )
    const checked: Checked[] = []
    for (const { part, head } of wanted) {
      const verdict = await verifyParts([part], head)
      const anchored = verdict.ok && options.head ? await verifyParts([part], options.head) : verdict
      checked.push({ chain: part.name, verdict: anchored })
    }
    return checked
  } finally {
    await close()
  }
}

function tell({ chain, verdict }: Checked): void {
  if (!verdict.ok) {
    const where = verdict.line === 0 ? verdict.part : `${verdict.part}, line ${verdict.line}`
    say(`The chain is broken. ${plain(where)}: ${verdict.reason}.`)
    return
  }
  const { lines, start, end } = verdict
  print(plain(`${chain}: ${lines} records, number ${start.seq + 1} to ${end.seq}, and the chain is whole.`))
  if (start.seq > 0) print(`It continues ${start.seq}:${start.hash}.`)
  print(`Its head, to be kept elsewhere: ${end.seq}:${end.hash}`)
}
