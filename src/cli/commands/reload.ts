import type { Answer } from '../../main/control.ts'
import { cliError, exit, type Register } from '../command.ts'
import { plain } from '../terminal/plain-text.ts'
import { print, printJson } from '../terminal/terminal.ts'

export const reload: Register = (program) => {
  program
    .command('reload')
    .description('have a running bridge read its configuration again, and say what became of it')
    .option('-c, --config <file>', 'configuration file, which names the store', 'rolebridge.yaml')
    .option('--control <folder>', 'the folder that `serve` was given')
    .option('--restart', 'then put new workers into the place of those that serve, one after the other')
    .option('--json', 'print what became of it as JSON')
    .action(async (options: Options) => {
      const { askEach } = await import('../../main/control.ts')
      const folder = await folderOf(options)
      const answers = await askEach(folder, options.restart ? 'restart' : 'reload').catch(
        (error: NodeJS.ErrnoException) => {
          throw cliError(exit.connectivity, sayTrouble(folder, error))
        },
      )
      if (answers.length === 0)
        throw cliError(exit.connectivity, `No bridge that runs has its control socket in ${folder}.`)
      if (options.json) printJson({ processes: answers.filter((one) => one !== undefined) }, 0)
      else for (const answer of answers) if (answer?.ok) print(saySuccess(answer))
      const failures = answers.filter((answer) => !answer?.ok)
      if (failures.length === 0) return
      const refused = failures.some((answer) => answer !== undefined)
      throw cliError(
        refused ? exit.badUsage : exit.connectivity,
        options.json ? '' : failures.map(sayFailure).join('\n'),
      )
    })
}

interface Options {
  readonly config: string
  readonly control?: string
  readonly json?: boolean
  readonly restart?: boolean
}

/** The file is read for the place of the store alone: whether it is sound, the bridge says. */
async function folderOf({ config, control }: Options): Promise<string> {
  const { controlFolder } = await import('../../main/control.ts')
  const { storeNamedIn } = await import('../../config/store-place.ts')
  let store: string | undefined
  try {
    store = control === undefined ? storeNamedIn(config, process.env) : ''
  } catch {
    throw cliError(
      exit.badUsage,
      `${config} cannot be read. Name the folder of the control socket: --control`,
    )
  }
  const folder = store === undefined ? undefined : controlFolder(control, store)
  if (folder !== undefined) return folder
  throw cliError(
    exit.badUsage,
    `${config} names no embedded store, in whose folder the control socket would lie. ` +
      'Give `serve` and `reload` the same folder (--control), or send the process SIGHUP.',
  )
}

function sayTrouble(folder: string, { code, message }: NodeJS.ErrnoException): string {
  if (code === 'ENOENT') return `There is no folder ${folder}, so no bridge has its control socket there.`
  if (code === 'EACCES' || code === 'EPERM')
    return `The bridge in ${folder} belongs to another user. Run this as that user.`
  return message
}

function saySuccess({ pid, ...answer }: Answer & { readonly ok: true }): string {
  const { fingerprint, unchanged, without, replaced } = answer
  const but = without.length === 0 ? '' : `, but without ${without.join(', ')}`
  const by = replaced === undefined ? '' : `, by ${replaced} new workers`
  return plain(
    `Process ${pid} serves configuration ${fingerprint}${unchanged ? ', as before' : ''}${by}${but}.`,
  )
}

function sayFailure(answer: Answer | undefined): string {
  if (answer === undefined || answer.ok) return 'A process ended before it answered.'
  return [...answer.faults, `Process ${answer.pid} refused it; nothing changed.`].map(plain).join('\n')
}
