import { environment } from './environment.ts'
import type { Format } from './format.ts'

/** Docker takes a value as it stands, quotes included, so only what needs quotes gets them. */
function quote(name: string, value: string): string {
  if (/^[\w+/=:.,@-]*$/.test(value)) return value
  if (value.includes("'")) throw new TypeError(`${name} holds a quote, which .env files cannot say alike`)
  return `'${value}'`
}

/** A `.env` file. It cannot unset: an empty AWS_PROFILE would name a profile without a name. */
export const dotenv: Format = {
  name: 'dotenv',
  label: '.env file',
  language: 'dotenv',
  shells: ['dotenv'],
  fileName: '.env',
  render(credentials) {
    return environment(credentials)
      .map(([name, value]) => `${name}=${quote(name, value)}\n`)
      .join('')
  },
}
