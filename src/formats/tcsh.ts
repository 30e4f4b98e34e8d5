import { conflicting, environment } from './environment.ts'
import type { Format } from './format.ts'

/** History is expanded even in single quotes, so `!` stands outside of them behind a backslash, as quotes do. */
const quote = (value: string) => `'${value.replace(/[!']/g, `'\\$&'`)}'`

/** ``eval "`…`"`` in tcsh and csh: the shell joins the lines, hence the semicolons. */
export const tcsh: Format = {
  name: 'tcsh',
  label: 'tcsh',
  language: 'tcsh',
  shells: ['tcsh', 'csh'],
  render(credentials) {
    const lines = [
      conflicting.map((name) => `unsetenv ${name};`).join(' '),
      ...environment(credentials).map(([name, value]) => `setenv ${name} ${quote(value)};`),
    ]
    return `${lines.join('\n')}\n`
  },
}
