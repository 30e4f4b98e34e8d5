import { accountColor, type Credentials, type Entitlement, sayMoment } from '../../core/index.ts'
import { type Format, type FormatOptions, formats } from '../../formats/index.ts'
import { consoleLink } from './portal-view.ts'

/** Credentials for the page: every format of the registry; the secret parts are not in it unless they shall be `shown`. */
export function credentialsView(
  credentials: Credentials,
  entitlement: Entitlement,
  now: number,
  asked: {
    readonly format?: string | undefined
    readonly duration?: number | undefined
    readonly readOnly?: true | undefined
    readonly purpose?: string | undefined
    readonly shown: boolean
    /** The role is open for what they are for alone: a link says no purpose. */
    readonly forReason?: boolean
  },
) {
  const { roleArn, roleName, account, duration, maxDuration, windowEnds, rule } = entitlement
  // The profile is named as AWS's own portal names it.
  const options: FormatOptions = { paste: true, profile: `${account.id}_${roleName}` }
  const texts = Object.values<Format>(formats).map((format) => ({
    name: format.name,
    label: format.label,
    text: format.render(credentials, options),
  }))
  const shared = {
    role: roleName,
    roleArn,
    account: { id: account.id, name: account.name },
    principalArn: credentials.principalArn,
    region: credentials.region,
    expiresAt: new Date(credentials.expiresAt).toISOString(),
    ...(asked.readOnly && { readOnly: asked.readOnly }),
    ...(asked.purpose !== undefined && { purpose: asked.purpose }),
  }
  return {
    ...shared,
    account: { ...shared.account, color: accountColor(account.color) },
    expires: sayMoment(credentials.expiresAt),
    ...(windowEnds !== undefined && {
      window: { at: new Date(windowEnds).toISOString(), ends: sayMoment(windowEnds), rule },
    }),
    remaining: Math.max(0, Math.floor((credentials.expiresAt - now) / 1000)),
    // Beside narrowed credentials stands no door to the whole role.
    console: asked.forReason
      ? undefined
      : consoleLink(entitlement) + (asked.readOnly ? '&read_only=true' : ''),
    durations: durationChoices(asked.duration ?? duration, maxDuration),
    formats: texts.map(({ name, label, text }) => ({
      name,
      label,
      preferred: name === asked.format,
      parts: markSecrets(text, [credentials.secretAccessKey, credentials.sessionToken]).map((part) =>
        part.secret && !asked.shown ? { ...part, text: mask } : part,
      ),
    })),
    json: { ...shared, formats: texts },
  }
}

/** Says nothing of what it stands for, not even how long it is. */
const mask = '••••••••••••'

/** Splits a text into what may be seen at once and what is masked until the person asks. */
export function markSecrets(text: string, secrets: readonly string[]) {
  const known = secrets.filter((secret) => secret !== '')
  if (known.length === 0) return [{ text, secret: false }]
  const pattern = new RegExp(`(${known.map((secret) => secret.replace(/[^\w]/g, '\\$&')).join('|')})`)
  return text
    .split(pattern)
    .map((part, index) => ({ text: part, secret: index % 2 === 1 }))
    .filter((part) => part.text !== '')
}

const steps = [900, 1800, 3600, 2 * 3600, 4 * 3600, 8 * 3600, 12 * 3600]

/** Durations to choose from, in seconds and in words, up to what the rule allows. */
export function durationChoices(selected: number, max: number) {
  const choices = new Set([...steps.filter((step) => step < max), max, Math.min(selected, max)])
  return [...choices]
    .sort((a, b) => a - b)
    .map((seconds) => ({ seconds, label: inWords(seconds), selected: seconds === Math.min(selected, max) }))
}

function inWords(seconds: number): string {
  const minutes = Math.round(seconds / 60)
  const [hours, rest] = [Math.floor(minutes / 60), minutes % 60]
  const count = (n: number, unit: string) => (n === 0 ? [] : [`${n} ${unit}${n === 1 ? '' : 's'}`])
  return [...count(hours, 'hour'), ...count(rest, 'minute')].join(' ') || '1 minute'
}
