import { conflicting, environment } from './environment.ts'
import type { Format } from './format.ts'

/** A quote is doubled; PowerShell takes the typographic ones for quotes, too (about_Quoting_Rules). */
const quote = (value: string) => `'${value.replace(/['\u2018-\u201b]/g, '$&$&')}'`

/** `rolebridge … | Out-String | Invoke-Expression` in PowerShell. */
export const powershell: Format = {
  name: 'powershell',
  label: 'PowerShell',
  language: 'powershell',
  shells: ['powershell', 'pwsh'],
  render(credentials) {
    const lines = [
      `Remove-Item -ErrorAction Ignore ${conflicting.map((name) => `Env:${name}`).join(', ')}`,
      ...environment(credentials).map(([name, value]) => `$env:${name} = ${quote(value)}`),
    ]
    return `${lines.join('\n')}\n`
  },
}
