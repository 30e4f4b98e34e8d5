import { readFileSync, statSync } from 'node:fs'
import { type FoundAccount, foundAccounts } from '../accounts/found-accounts.ts'
import { emptyOrganization, takeFile } from '../accounts/organization.ts'
import { readText, replaceText } from '../aws-config/index.ts'
import { cliError, exit, type Register } from '../command.ts'
import { fileFault } from '../files/file-fault.ts'
import { choose } from '../roles/choose.ts'
import { canAsk, print, say, styled } from '../terminal/terminal.ts'

const maxBytes = 100_000_000

export const accounts: Register = (program) => {
  program
    .command('accounts')
    .description('the accounts that rules choose from')
    .command('import')
    .description('merge what aws organizations printed into a file of accounts')
    .argument('<file...>', 'answers of list-accounts, list-tags-for-resource and others, as JSON')
    .option('-o, --out <file>', 'the file of accounts (accountsFile)', 'accounts.yaml')
    .option('--write', 'write without asking')
    .action(async (files: readonly string[], options: { out: string; write?: boolean }) => {
      const { found, notes } = foundAccounts(readAll(files))
      if (found.length === 0) throw cliError(exit.badUsage, 'These files name no account.')
      const before = readText(options.out)
      const { text, changes, missing, closed } = await merge(before, found, options.out)
      for (const { before, after } of changes) print(marked('-', before) + marked('+', after))
      for (const note of notes.slice(0, 20)) say(note)
      if (notes.length > 20) say(`… and ${notes.length - 20} more such notes.`)
      if (closed.length > 0) say(`Not active in AWS any more, so taken out: ${closed.join(', ')}.`)
      if (missing.length > 0)
        say(`In ${options.out}, and not in these files: ${missing.join(', ')}. They stay.`)
      if (changes.length === 0) return say(`${options.out} says all of it already.`)
      const write =
        options.write === true ||
        (canAsk() && (await choose(`Write ${count(changes.length)}`, answers))) === true
      if (!write) return say(`Nothing was written; --write writes ${count(changes.length)}.`)
      replaceText(options.out, before, text)
      say(`${options.out}: ${count(changes.length)} written. Look at it with: rolebridge check`)
    })
}

const answers = [
  { value: false, label: 'No' },
  { value: true, label: 'Yes' },
]

const count = (number: number) => (number === 1 ? '1 change' : `${number} changes`)

function marked(mark: '-' | '+', text: string): string {
  const lines = text.replace(/\n+$/, '').split('\n')
  if (text.trim() === '') return ''
  return lines
    .map((line) => `${styled(mark === '-' ? 'red' : 'green', mark + line, process.stdout)}\n`)
    .join('')
}

function readAll(files: readonly string[]) {
  const organization = emptyOrganization()
  let left = maxBytes
  for (const file of files) {
    try {
      left -= statSync(file).size
      if (left < 0)
        throw cliError(exit.badUsage, `These files are larger than ${maxBytes / 1e6} MB together.`)
      takeFile(organization, file, readFileSync(file, 'utf8'))
    } catch (error) {
      throw (error as NodeJS.ErrnoException).syscall === undefined
        ? error
        : fileFault(Object.assign(error as Error, { path: file }))
    }
  }
  return organization
}

/** Names in the file stay; tags become those of AWS where somebody asked for them. Closed accounts go. */
async function merge(before: string, found: readonly FoundAccount[], out: string) {
  const { accountsIn, editAccounts } = await import('../../config.ts')
  const known = accountsIn(before)
  const taken = new Map([...known].flatMap(([id, { name }]) => (name === undefined ? [] : [[name, id]])))
  const edits = found.map(({ id, name, open, tags, ou }) => {
    const own = known.get(id)
    // Two accounts of one name could not be told apart, and AWS lets anybody call theirs like another.
    const isTaken = own === undefined && taken.has(name)
    if (own === undefined) taken.set(name, id)
    const stale = tags ? (own?.tags ?? []).filter((key) => key !== 'ou' && !Object.hasOwn(tags, key)) : []
    return {
      id,
      name: isTaken ? `${name.slice(0, 100)} ${id}` : name,
      gone: !open,
      tags: {
        ...Object.fromEntries(stale.map((key) => [key, undefined])),
        ...tags,
        ...(ou !== undefined && { ou }),
      },
    }
  })
  const ids = new Set(found.map(({ id }) => id))
  const missing = [...known.keys()].filter((id) => !ids.has(id))
  const closed = found.filter(({ id, open }) => !open && known.has(id)).map(({ id }) => id)
  const edited = editAccounts(before, edits)
  if ('fault' in edited) throw cliError(exit.badUsage, `${out} ${edited.fault}`)
  return { ...edited, missing, closed }
}
