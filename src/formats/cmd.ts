import { conflicting, environment } from './environment.ts'
import type { Format } from './format.ts'

/**
 * Inside `set "…"` all is literal but `"`, `%` and, with delayed expansion, `!`. How these are escaped differs
 * between the prompt and a batch file, so no line is written that means two things.
 */
function assignment(name: string, value: string): string {
  if (/["%!]/.test(value)) throw new TypeError(`${name} holds a character that cmd would interpret`)
  return `set "${name}=${value}"`
}

/** For the Windows Command Prompt, pasted or in a batch file; `@` keeps a batch file from showing the line. */
export const cmd: Format = {
  name: 'cmd',
  label: 'Command Prompt',
  language: 'batch',
  shells: ['cmd'],
  render(credentials) {
    const lines = [
      conflicting.map((name) => assignment(name, '')).join('&'),
      ...environment(credentials).map(([name, value]) => assignment(name, value)),
    ]
    return lines.map((line) => `@${line}\r\n`).join('')
  },
}
