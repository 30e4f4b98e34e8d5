import { emitKeypressEvents, type Key } from 'node:readline'
import { cliError, exit } from '../command.ts'
import { redraw, styled } from '../terminal/terminal.ts'
import { rank } from './fuzzy.ts'

interface Item<T> {
  readonly value: T
  readonly label: string
}

interface State<T> {
  readonly query: string
  readonly at: number
  readonly found: readonly Item<T>[]
}

/**
 * Lets the person at the terminal pick one of several: type to narrow, arrows to move, Enter to take, Esc to leave
 * (undefined), Ctrl-C to end the program. Draws on stderr, so that stdout stays data.
 */
export async function choose<T>(title: string, items: readonly Item<T>[]): Promise<T | undefined> {
  const { stdin } = process
  emitKeypressEvents(stdin)
  stdin.setRawMode(true)
  stdin.resume()
  let state: State<T> = { query: '', at: 0, found: items }
  let height = draw(title, state, 0)
  return new Promise((resolve, reject) => {
    const leave = (words: string) => {
      stdin.off('keypress', onKey)
      stdin.setRawMode(false)
      stdin.pause()
      redraw(height, [styled('dim', `${title}: ${words}`)])
    }
    const finish = (value: T | undefined, words: string) => {
      leave(words)
      resolve(value)
    }
    const onKey = (text: string | undefined, key: Key) => {
      if (key.ctrl && key.name === 'c') {
        leave('none')
        // The terminal sends no signal in raw mode; we end as if it had.
        return reject(cliError(exit.interrupted, ''))
      }
      if (key.name === 'escape' || (key.ctrl && key.name === 'd')) return finish(undefined, 'none')
      const chosen = state.found[state.at]
      if (key.name === 'return' || key.name === 'enter') return chosen && finish(chosen.value, chosen.label)
      state = next(state, items, text, key)
      height = draw(title, state, height)
    }
    stdin.on('keypress', onKey)
  })
}

function next<T>(state: State<T>, items: readonly Item<T>[], text: string | undefined, key: Key): State<T> {
  const { query, at, found } = state
  const last = Math.max(0, found.length - 1)
  if (key.name === 'up' || (key.ctrl && key.name === 'p')) return { ...state, at: at === 0 ? last : at - 1 }
  if (key.name === 'down' || (key.ctrl && key.name === 'n') || key.name === 'tab')
    return { ...state, at: at === last ? 0 : at + 1 }
  const typed = editQuery(query, text, key)
  return typed === query ? state : { query: typed, at: 0, found: rank(typed, items) }
}

function editQuery(query: string, text: string | undefined, key: Key): string {
  if (key.name === 'backspace') return query.slice(0, -1)
  if (key.ctrl && key.name === 'u') return ''
  const printable = text !== undefined && !key.ctrl && !key.meta && /^[^\x00-\x1f\x7f]+$/.test(text)
  return printable ? query + text : query
}

/** Draws over the lines drawn before and answers how many there are now. */
function draw<T>(title: string, { query, at, found }: State<T>, before: number): number {
  const { stderr } = process
  const rows = Math.max(3, Math.min(12, (stderr.rows || 24) - 3))
  const first = Math.max(0, Math.min(at - Math.floor(rows / 2), found.length - rows))
  const width = (stderr.columns || 80) - 3
  const lines = found.slice(first, first + rows).map(({ label }, index) => {
    const cut = label.slice(0, width)
    return first + index === at ? styled('cyan', `❯ ${cut}`) : `  ${cut}`
  })
  const count = found.length === 0 ? 'nothing matches' : `${at + 1} of ${found.length}`
  const all = [`${styled('bold', `${title}:`)} ${query}▏ ${styled('dim', count)}`, ...lines]
  redraw(before, all)
  return all.length
}
