/** Writes every `<time data-clock>` as the reader's own wall clock, with the day when it is not today. */
export function localClocks(root) {
  for (const time of root.querySelectorAll('time[data-clock]')) {
    const at = new Date(time.dateTime)
    const today = at.toDateString() === new Date().toDateString()
    const options = { hour: '2-digit', minute: '2-digit', ...(today ? {} : { weekday: 'long' }) }
    time.textContent = `at ${new Intl.DateTimeFormat(undefined, options).format(at)}`
  }
}

/** Seconds as `1:04:59` or `4:59`. */
export function countdown(seconds) {
  const two = (n) => String(n).padStart(2, '0')
  const [h, m, s] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60]
  return h > 0 ? `${h}:${two(m)}:${two(s)}` : `${m}:${two(s)}`
}
