import { countdown } from './time.js'

/** Counts the code's time down and takes the buttons away at its end. */
const time = document.querySelector('time[data-left]')
const end = performance.now() + Number(time.dataset.left) * 1000
const tick = () => {
  const left = Math.max(0, Math.round((end - performance.now()) / 1000))
  time.textContent = `in ${countdown(left)}`
  if (left > 0) return
  clearInterval(timer)
  time.parentElement.hidden = true
  document.querySelector('[data-decide]').hidden = true
  document.querySelector('[data-expired]').hidden = false
}
const timer = setInterval(tick, 1000)
tick()
