import { conflicting, environment } from './environment.ts'
import type { Format } from './format.ts'

/** In single quotes only the backslash and the quote are special ("The fish language", Quotes). */
const quote = (value: string) => `'${value.replace(/[\\']/g, '\\$&')}'`

/** `rolebridge … | source` in fish. */
export const fish: Format = {
  name: 'fish',
  label: 'fish',
  language: 'fish',
  shells: ['fish'],
  render(credentials, { paste = false } = {}) {
    const lines = [
      `set -e ${conflicting.join(' ')}`,
      ...environment(credentials).map(([name, value]) => `set -gx ${name} ${quote(value)}`),
    ]
    return lines.map((line) => `${paste ? ' ' : ''}${line}\n`).join('')
  },
}
