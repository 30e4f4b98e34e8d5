/**
 * Lets the button that approves work only for a press that began on this page, after the page was in front of the
 * person for a moment. Another site can lay a window above ours and close it between the two presses of a double
 * click: the second one lands here, on something nobody has read. A press that counts is marked for the server; without
 * the mark (no script, or a click of an assistive program) the server asks once more.
 */
const moment = 1000

const form = document.querySelector('[data-decide]')
const button = form.querySelector('[data-press]')
const hint = document.querySelector('[data-hint]')
const mark = Object.assign(document.createElement('input'), {
  type: 'hidden',
  name: 'pressed',
  value: 'here',
})
let since = performance.now()
let begun = false
let timer

const ready = () =>
  document.visibilityState === 'visible' && document.hasFocus() && performance.now() - since >= moment

/** The page has just come to the front, or the pointer to the page: the moment begins anew. */
function restart() {
  since = performance.now()
  begun = false
  button.setAttribute('aria-disabled', 'true')
  clearTimeout(timer)
  timer = setTimeout(look, moment)
}

function look() {
  if (!ready()) return
  button.removeAttribute('aria-disabled')
  hint.textContent = ''
}

addEventListener('focus', restart)
addEventListener('blur', restart)
addEventListener('pageshow', restart)
document.addEventListener('visibilitychange', restart)
// Where another site's page led here, the pointer must have come a moment ago as well: while a window lies above, the
// pointer is there. Fingers have no place before they press.
if (form.dataset.decide === 'led') {
  document.documentElement.addEventListener('pointerenter', ({ pointerType }) => {
    if (pointerType === 'mouse') restart()
  })
}

button.addEventListener('pointerdown', ({ isTrusted }) => {
  begun = isTrusted && ready()
})
button.addEventListener('keydown', ({ isTrusted, repeat, key }) => {
  if (key === 'Enter' || key === ' ') begun = isTrusted && !repeat && ready()
})
button.addEventListener('click', (event) => {
  if (!ready()) {
    event.preventDefault()
    hint.textContent = 'One moment: the button works when this page was in front of you for a second.'
    return
  }
  mark.disabled = !begun
})
form.append(mark)
mark.disabled = true
restart()
