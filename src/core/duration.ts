const unit = { s: 1, m: 60, h: 3600, d: 86_400 } as const

/** Reads `45m`, `8h`, `1h30m`, `3600` (seconds) into seconds; undefined when the text is no duration. */
export function parseDuration(text: string): number | undefined {
  if (/^\d{1,9}$/.test(text)) return Number(text)
  if (!/^(\d{1,9}[smhd])+$/.test(text)) return undefined
  let seconds = 0
  for (const [, amount, name] of text.matchAll(/(\d+)([smhd])/g)) {
    seconds += Number(amount) * unit[name as keyof typeof unit]
  }
  return seconds
}

/** Writes seconds the way people say them: `1h 30m`, `45m`, `20s`. */
export function formatDuration(seconds: number): string {
  const parts: string[] = []
  let rest = Math.max(0, Math.round(seconds))
  for (const name of ['d', 'h', 'm', 's'] as const) {
    const amount = Math.floor(rest / unit[name])
    rest -= amount * unit[name]
    if (amount > 0) parts.push(`${amount}${name}`)
  }
  return parts.slice(0, 2).join(' ') || '0s'
}

/** Seconds for which something is handed out. */
export interface Bounds {
  readonly least: number
  readonly most: number
}

/** What AWS allows for sessions that an IAM user's long-term keys open (GetSessionToken, GetFederationToken). */
export const userSessions: Bounds = { least: 900, most: 129_600 }

/** What AWS allows for sessions of roles and of the console (STS API reference, `DurationSeconds`). */
export const roleSessions: Bounds = { least: 900, most: 43_200 }

/** `2026-03-02 18:00 UTC`: to the minute, and it names its zone, for readers sit in many. */
export function sayMoment(at: number): string {
  return `${new Date(at).toISOString().slice(0, 16).replace('T', ' ')} UTC`
}
