import { conflicting, environment } from './environment.ts'
import type { Format } from './format.ts'

/** In single quotes everything is literal but the quote itself (POSIX Shell §2.2.2); zsh's RC_QUOTES agrees. */
const quote = (value: string) => `'${value.replaceAll("'", `'\\''`)}'`

/** `eval "$(…)"` in Bash, Zsh and every POSIX shell. */
export const env: Format = {
  name: 'env',
  label: 'Bash, Zsh',
  language: 'bash',
  shells: ['bash', 'zsh', 'sh'],
  render(credentials, { paste = false } = {}) {
    const lines = [
      `unset ${conflicting.join(' ')}`,
      ...environment(credentials).map(([name, value]) => `export ${name}=${quote(value)}`),
    ]
    return lines.map((line) => `${paste ? ' ' : ''}${line}\n`).join('')
  },
}
