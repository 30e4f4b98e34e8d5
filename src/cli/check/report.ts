import type { Look } from '../../app.ts'
import { styled, wrapped } from '../terminal/terminal.ts'
import type { Findings, Located } from './findings.ts'

type Sound = Exclude<Findings, { readonly faults: unknown }>

const titles = { server: 'It serves', people: 'Who signs in', rules: 'Who may take what' } as const

/** What a sound configuration says, for a terminal: what is worth a second look first, nothing cut short. */
export function report(file: string, { sentences, warnings, live, fingerprint }: Sound): string {
  const found = warnings.length === 0 ? '' : `, with ${count(warnings.length, 'warning')}`
  return [
    `${bold(`${file} is sound`)}${found}. Its fingerprint is ${fingerprint}.`,
    ...(warnings.length === 0
      ? []
      : [
          section(
            'Worth a second look',
            warnings.map((one) => sayWarning(file, one)),
          ),
        ]),
    ...Object.entries(titles).map(([key, title]) =>
      section(
        title,
        sentences[key as keyof typeof titles].map((one) => wrapped(`  ${one}`, process.stdout)),
      ),
    ),
    ...(live === undefined ? [] : [section('Now', live.map(sayLook))]),
  ].join('\n\n')
}

const bold = (text: string) => styled('bold', text, process.stdout)
const section = (title: string, lines: readonly string[]) => [bold(title), ...lines].join('\n')

function sayWarning(main: string, { file = main, line, column, path, message, code }: Located): string {
  const place = `${file}:${line}:${column}`
  const where = styled('yellow', place, process.stdout)
  return wrapped(`  ${place} ${path === '' ? '' : `${path}: `}${message} [${code}]`, process.stdout)
    .replace(place, () => where)
    .replace(`[${code}]`, (tag) => styled('dim', tag, process.stdout))
}

function sayLook({ place, say, problem, warning }: Look): string {
  const words = [say, problem, warning].filter((text) => text !== undefined && text !== '').join('; ')
  const [sign, style] =
    problem !== undefined
      ? (['✗', 'red'] as const)
      : warning !== undefined
        ? (['!', 'yellow'] as const)
        : (['✓', 'green'] as const)
  return wrapped(`  ${sign} ${place}: ${words}`, process.stdout).replace(sign, () =>
    styled(style, sign, process.stdout),
  )
}

export const count = (number: number, noun: string) => `${number} ${noun}${number === 1 ? '' : 's'}`
