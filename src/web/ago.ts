import { formatDuration } from '../core/index.ts'

/** `just now`, `5m ago`, `3d ago`: one unit, as people say it. */
export function sayAgo(at: number, now: number): string {
  const seconds = (now - at) / 1000
  const unit = [86_400, 3600, 60].find((one) => seconds >= one)
  return unit === undefined ? 'just now' : `${formatDuration(Math.floor(seconds / unit) * unit)} ago`
}

/** `today`, `yesterday`, `30 days ago`. */
export function sayDaysAgo(at: number, now: number): string {
  const days = Math.floor((now - at) / 86_400_000)
  return days <= 0 ? 'today' : days === 1 ? 'yesterday' : `${days} days ago`
}
