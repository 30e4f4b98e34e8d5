/**
 * The man page and the completions of the package, written from the commands themselves: `npx tsx scripts/man.ts FOLDER`.
 * Made anew by every build, so neither can say anything else than the program does.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { Argument, Command, Option } from 'commander'
import { createProgram } from '../src/cli/program.ts'
import { completionScripts } from '../src/cli/terminal/completion.ts'

const guide = new URL('../docs/guides/command-line.md', import.meta.url)
const files: Readonly<Record<string, string>> = {
  bash: 'rolebridge.bash',
  zsh: '_rolebridge',
  fish: 'rolebridge.fish',
  powershell: 'rolebridge.ps1',
}

/** Text as roff takes it: no line of it is a request, no character an escape. */
function roff(text: string): string {
  const escaped = text
    .replaceAll('\\', '\\e')
    .replaceAll('-', '\\-')
    .replaceAll('’', '\\(cq')
    .replaceAll('“', '\\(lq')
    .replaceAll('”', '\\(rq')
    .replaceAll('…', '...')
    .replaceAll('→', '\\(->')
    .replaceAll(
      /[^\x20-\x7e\n]/g,
      (character) => `\\[u${character.codePointAt(0)?.toString(16).toUpperCase().padStart(4, '0')}]`,
    )
  return escaped.replaceAll(/^([.'])/gm, '\\&$1')
}

/** A sentence in lines that a reader of the source can bear. */
function sentence(text: string): string {
  const plain = text.replaceAll(/`([^`]+)`/g, '$1').replaceAll(/\s+/g, ' ')
  return roff(plain.trim().replaceAll(/(?=.{61})(.{1,60}) /g, '$1\n'))
}

function item(term: string, text: string): string {
  return `.TP\n\\fB${roff(term)}\\fR\n${sentence(text) || '\\&'}\n`
}

function optionItem({ flags, description, envVar, defaultValue, argChoices }: Option): string {
  const more = [
    argChoices ? `one of ${argChoices.join(', ')}` : '',
    typeof defaultValue === 'string' && !description.includes('default') && !defaultValue.startsWith('/')
      ? `default: ${defaultValue}`
      : '',
    envVar ? `environment: ${envVar}` : '',
  ].filter((part) => part !== '')
  return item(flags, more.length > 0 ? `${description} (${more.join('; ')})` : description)
}

const argumentItem = (argument: Argument) =>
  item(
    argument.name(),
    [argument.description, argument.argChoices?.join(', ') ?? ''].filter(Boolean).join(': '),
  )

const isHidden = (command: Command) => (command as unknown as { readonly _hidden?: boolean })._hidden === true

/** A command and those below it, each with its usage, words and options. */
function section(command: Command, path: string): string {
  const inner = command.commands.filter((one) => !isHidden(one) && one.name() !== 'help')
  const title = `${path} ${command.name()}`.trim()
  const [first = '', ...others] = command.description()
  const own = `.SS ${roff(`${title} ${command.usage()}`)}\n${sentence(`${first.toUpperCase()}${others.join('')}.`)}\n`
  const details = [
    ...command.registeredArguments.filter(({ description }) => description !== '').map(argumentItem),
    ...command.options.filter(({ hidden }) => !hidden).map(optionItem),
  ]
  return own + details.join('') + inner.map((one) => section(one, title)).join('')
}

/** The rows of a table of the guide, below its heading: the first two cells. */
function rows(heading: string): readonly (readonly [string, string])[] {
  const [, part = ''] = readFileSync(guide, 'utf8').split(`\n## ${heading}\n`)
  const [table = ''] = part.split('\n## ')
  const found = [...table.matchAll(/^\| (.+?) \| (.+?) \|$/gm)]
    .slice(1)
    .map(([, first = '', second = '']) => [first.replaceAll('`', ''), second] as const)
  if (found.length === 0) throw new Error(`the guide has no table below “${heading}”`)
  return found
}

/** The man page, in roff's macros `man`. */
export function manPage(version: string): string {
  const program = createProgram()
  const commands = program.commands.filter((one) => !isHidden(one) && one.name() !== 'help')
  return [
    `.TH ROLEBRIDGE 1 "" "rolebridge ${version}" "User Commands"\n`,
    `.SH NAME\nrolebridge \\- ${sentence(program.description())}\n`,
    '.SH SYNOPSIS\n.B rolebridge\n[options] command [arguments]\n',
    `.SH OPTIONS\n${program.options.map(optionItem).join('')}`,
    `.SH COMMANDS\n${commands.map((command) => section(command, '')).join('')}`,
    `.SH ENVIRONMENT\n${rows('Environment')
      .map(([name, what]) => item(name, what))
      .join('')}`,
    `.SH EXIT STATUS\n${rows('Exit codes')
      .map(([code, what]) => item(code, what))
      .join('')}`,
  ].join('')
}

/** Writes the page and a file for each shell into a folder. */
function write(folder: string): void {
  const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'))
  mkdirSync(join(folder, 'man'), { recursive: true })
  mkdirSync(join(folder, 'completions'), { recursive: true })
  writeFileSync(join(folder, 'man/rolebridge.1'), manPage(version))
  for (const [shell, script] of Object.entries(completionScripts))
    writeFileSync(join(folder, 'completions', files[shell] ?? `rolebridge.${shell}`), script)
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) write(process.argv[2] ?? 'dist')
