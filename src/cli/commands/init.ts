import { randomBytes } from 'node:crypto'
import { readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { Option } from 'commander'
import type { Answers } from '../../init/index.ts'
import { cliError, exit, type Register } from '../command.ts'
import { fileFault } from '../files/file-fault.ts'
import { choose } from '../roles/choose.ts'
import { ask } from '../terminal/ask.ts'
import { canAsk, print, say } from '../terminal/terminal.ts'

type Flag = 'provider' | 'url' | 'mode' | 'region' | 'accounts' | 'metadata' | 'sts'
type Flags = { readonly [F in Flag]?: string } & { readonly folder: string }

/** Which flag gives which answer. */
const answerOf = {
  provider: 'kind',
  url: 'baseUrl',
  mode: 'federation',
  region: 'region',
  accounts: 'accounts',
  metadata: 'metadata',
  sts: 'stsEndpoint',
} as const satisfies Record<Flag, keyof Answers>

export const init: Register = (program) => {
  program
    .command('init')
    .description(
      'write a first configuration, keys, metadata and the steps for the identity provider and AWS',
    )
    .option('--provider <kind>', 'okta, entra, adfs, keycloak, google, ping, shibboleth or generic')
    .option('--url <url>', 'the address that people will open, such as https://aws.corp.example')
    .option('--metadata <url|file>', 'metadata of the identity provider; leave it out while there is none')
    .option('--mode <mode>', 'whom AWS believes: reissue (the bridge) or passthrough (the identity provider)')
    .option('--region <region>', 'where AWS is asked, such as eu-west-1')
    .option('--accounts <list>', '111122223333=prod,444455556666=dev')
    .addOption(new Option('--sts <url>', 'a local STS in place of AWS, such as the demo’s'))
    .option('--folder <folder>', 'where the files go', '.')
    .action(runInit)
}

async function runInit(flags: Flags): Promise<void> {
  const { install } = await import('../../init/index.ts')
  const answers = await completed(flags)
  const isFile = answers.metadata !== undefined && !/^https?:/i.test(answers.metadata)
  const metadataText = isFile ? readMetadata(answers.metadata ?? '') : undefined
  const { folder } = flags
  const around = { folder, metadataText, now: Date.now(), random: randomBytes }
  const { files, awaits } = await undisturbed(() => install(answers, around)).catch((error: Error) => {
    throw 'syscall' in error
      ? fileFault(Object.assign(error, { path: folder }))
      : cliError(exit.badUsage, error.message)
  })
  print(files.map((file) => join(folder, file)).join('\n'))
  say(`\nRead ${join(folder, 'STEPS.md')}: what is left to do, and where.`)
  if (awaits !== undefined)
    say(`The bridge can start once the identity provider's metadata is saved as\n${join(folder, awaits)}.`)
}

/** Ctrl-C half a second after the last answer ends nothing half-way: no key is left behind in a draft. */
async function undisturbed<T>(work: () => Promise<T>): Promise<T> {
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const
  const wait = () => {}
  for (const signal of signals) process.on(signal, wait)
  try {
    return await work()
  } finally {
    for (const signal of signals) process.off(signal, wait)
  }
}

/** The answers that the flags give, and the rest by asking, where somebody can be asked. */
async function completed(flags: Flags): Promise<Answers> {
  const { readAnswers } = await import('../../init/index.ts')
  const names = Object.keys(answerOf) as Flag[]
  const written = Object.fromEntries(names.map((flag) => [answerOf[flag], flags[flag]]))
  const { answers, faults } = readAnswers(written)
  if (faults.length > 0) {
    const flagOf = (name: keyof Answers) => names.find((flag) => answerOf[flag] === name)
    throw cliError(
      exit.badUsage,
      faults.map(({ name, message }) => `--${flagOf(name)} ${message}`).join('\n'),
    )
  }
  const needed = ['provider', 'url', 'mode', 'region', 'accounts'] as const
  const missing = needed.filter((flag) => answers[answerOf[flag]] === undefined)
  if (missing.length === 0) return answers as Answers
  if (!canAsk()) {
    const list = missing.map((flag) => `--${flag}`).join(', ')
    throw cliError(exit.badUsage, `Say ${list} too; at a terminal init asks for what is missing.`)
  }
  return questions(answers)
}

/** Asks for each answer that is not there yet, in the order in which a person knows them. */
async function questions(given: Partial<Answers>): Promise<Answers> {
  const { initKinds, readAnswer } = await import('../../init/index.ts')
  const line = <K extends keyof Answers>(name: K, question: string, standard?: string) =>
    ask(
      standard === undefined ? question : `${question} [${standard}]`,
      (text) => sentence(readAnswer(name, text === '' && standard !== undefined ? standard : text)),
      'init was not answered; nothing was written.',
    )
  const kinds = Object.entries(initKinds).map(([value, { label }]) => ({
    value,
    label: `${value}  ${label}`,
  }))
  const kind = given.kind ?? ((await pick('Identity provider', kinds)) as Answers['kind'])
  const baseUrl = given.baseUrl ?? (await line('baseUrl', 'Address that people will open, https://…:'))
  const federation = given.federation ?? ((await pick('Whom AWS believes', modes)) as Answers['federation'])
  const region = given.region ?? (await line('region', 'Region where AWS is asked', 'eu-west-1'))
  const accounts =
    given.accounts ?? (await line('accounts', 'Accounts, such as 111122223333=prod,444455556666=dev:'))
  if (given.metadata === undefined) say(`Its metadata: ${initKinds[kind].metadata}`)
  const metadata =
    given.metadata ??
    (await ask(
      'URL or file of it, empty while there is none:',
      (text) => {
        if (text === '') return { value: undefined }
        const read = readAnswer('metadata', text)
        if ('value' in read && !/^https?:/i.test(text) && textOf(text) === undefined)
          return { fault: noMetadata(text) }
        return sentence(read)
      },
      'init was not answered; nothing was written.',
    ))
  return { ...given, kind, baseUrl, federation, region, accounts, metadata }
}

/** What flags say after their name, as an answer to what somebody typed. */
function sentence<T extends object>(read: T | { readonly fault: string }): T | { readonly fault: string } {
  return 'fault' in read && /^[a-z]/.test(read.fault) ? { fault: `That ${read.fault}.` } : read
}

const modes = [
  { value: 'reissue', label: 'reissue      the bridge: rules decide, sessions last for hours' },
  { value: 'passthrough', label: 'passthrough  the identity provider: the bridge holds no key' },
]

async function pick(title: string, items: Parameters<typeof choose<string>>[1]): Promise<string> {
  const chosen = await choose(title, items)
  if (chosen === undefined) throw cliError(exit.badUsage, 'init was not answered; nothing was written.')
  return chosen
}

function readMetadata(file: string): string {
  const text = textOf(file)
  if (text === undefined) throw cliError(exit.badUsage, `--metadata: ${noMetadata(file)}`)
  return text
}

const noMetadata = (file: string) => `${file} is no URL, and no file that can be read as metadata.`
const mostBytes = 20_000_000

/** The text of a file; of nothing that never ends, such as a device. */
function textOf(file: string): string | undefined {
  try {
    const about = statSync(file)
    return about.isFile() && about.size <= mostBytes ? readFileSync(file, 'utf8') : undefined
  } catch {
    return undefined
  }
}
