import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import type { Command } from 'commander'
import { createProgram } from '../../src/cli/program.ts'
import { pages } from './blocks.ts'

const root = join(import.meta.dirname, '../..')
const guides = pages().filter((page) => !page.startsWith('src/') && !page.startsWith('test/'))
const examples = readdirSync(join(root, 'examples'), { recursive: true, encoding: 'utf8' })
  .map((name) => `examples/${name}`)
  .filter((name) => /\.\w+$/.test(name))

/** Everything that reads as a call of the program: in code spans, in shell blocks, in comments of examples. */
function calls(text: string): readonly string[] {
  const spans = [...text.matchAll(/`(rolebridge(?: [^`]+)?)`/g)].map(([, call = '']) => call)
  const lines = [...text.matchAll(/^[#$\s]*(?:eval "\$\()?(rolebridge [a-z-]+(?: .*)?)$/gm)].map(
    ([, call = '']) => call,
  )
  return [...spans, ...lines].map((call) => call.replace(/\s+/g, ' '))
}

/** The words of a call up to what the shell does with it, and up to the program that `exec` runs. */
function words(call: string): readonly string[] {
  const found = call.match(/'[^']*'|"[^"]*"|[^\s'"]+/g) ?? []
  const end = found.findIndex((word) => /^(--|#.*|\||>|&&|;|…|\\|\)")$/.test(word))
  return end < 0 ? found : found.slice(0, end)
}

/** What is wrong with a call; undefined when the program takes it. */
function fault(call: string): string | undefined {
  const [, ...args] = words(call)
  let command: Command = createProgram()
  while (args[0] !== undefined && !args[0].startsWith('-')) {
    const [name] = args
    const next = command.commands.find((one) => one.name() === name || one.aliases().includes(name ?? ''))
    if (next === undefined) break
    command = next
    args.shift()
  }
  if (command.parent === null && args[0] !== undefined && !args[0].startsWith('-'))
    return `there is no command ${args[0]}`
  const options = args.filter((arg) => /^--?[a-z]/.test(arg)).map((arg) => arg.split('=')[0])
  const known = [...command.options, ...createProgram().options].flatMap(({ short, long }) => [short, long])
  const unknown = options.find((option) => ![...known, '--help', '-h'].includes(option))
  return unknown === undefined ? undefined : `${command.name()} has no option ${unknown}`
}

test('every call of the program that a page or an example shows is one that it takes', () => {
  const shown = [...guides, ...examples].flatMap((file) =>
    calls(readFileSync(join(root, file), 'utf8')).map((call) => ({ file, call })),
  )
  assert.ok(shown.length > 40, `${shown.length}`)
  const faults = shown.flatMap(({ file, call }) => {
    const wrong = fault(call)
    return wrong === undefined ? [] : [`${file}: \`${call}\`: ${wrong}`]
  })
  assert.deepEqual(faults, [])
})

test('a call that the program would refuse is noticed', () => {
  assert.equal(fault('rolebridge chek --config x'), 'there is no command chek')
  assert.equal(fault('rolebridge check --konfig x'), 'check has no option --konfig')
  assert.equal(fault('rolebridge exec --role A --server -- aws --profile x'), undefined)
})

test('every link between the pages leads somewhere', () => {
  const broken = guides.flatMap((page) => {
    const text = readFileSync(join(root, page), 'utf8').replace(/```[\s\S]*?```/g, '')
    return [...text.matchAll(/\]\((?!https?:|mailto:)([^)#\s]*)(#[^)]*)?\)/g)].flatMap(
      ([, path = '', anchor]) => {
        const file = path === '' ? page : join(page, '..', path)
        try {
          const target = anchor === undefined || !file.endsWith('.md') ? [] : anchors(file)
          readdirOrFile(file)
          return anchor === undefined || target.includes(anchor.slice(1)) ? [] : [`${page}: ${path}${anchor}`]
        } catch {
          return [`${page}: ${path}`]
        }
      },
    )
  })
  assert.deepEqual(broken, [])
})

function readdirOrFile(file: string): void {
  try {
    readFileSync(join(root, file))
  } catch {
    readdirSync(join(root, file))
  }
}

/** Headings as GitHub names them. */
function anchors(file: string): readonly string[] {
  return [...readFileSync(join(root, file), 'utf8').matchAll(/^#+ (.*)$/gm)].map(([, heading = '']) =>
    heading
      .replace(/\[([^\]]*)\]\([^)]*\)/g, '$1')
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, '')
      .trim()
      .replaceAll(' ', '-'),
  )
}
