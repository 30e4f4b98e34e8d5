/** Writes every `<time data-clock>` as the reader's own wall clock, with the day when it is far off. */
export function localClocks(root) {
  for (const time of root.querySelectorAll('time[data-clock]')) {
    const at = new Date(time.dateTime)
    const far = at - Date.now() > 20 * 3600 * 1000
    const day = far ? `on ${new Intl.DateTimeFormat(undefined, { weekday: 'long' }).format(at)} ` : ''
    const clock = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit' }).format(at)
    time.textContent = `${day}at ${clock}`
  }
}

/** Seconds as `1:04:59` or `4:59`. */
export function countdown(seconds) {
  const two = (n) => String(n).padStart(2, '0')
  const [h, m, s] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60]
  return h > 0 ? `${h}:${two(m)}:${two(s)}` : `${m}:${two(s)}`
}
