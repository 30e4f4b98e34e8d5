/**
 * Lets the button that approves work only for a press that began on this page, after the page was in front of the
 * person for a moment. Another site can lay a window above ours and close it between the two presses of a double
 * click: the second one lands here, on something nobody has read. A press that counts is marked for the server; without
 * the mark (no script, or a click of an assistive program) the server asks once more.
 *
 * Not a module: it stands before the form and is there before the button, so that nobody is quicker.
 */
{
  const moment = 1000

  const find = (what) => document.querySelector(what)
  const isButton = ({ target }) => target instanceof Element && target.closest('[data-press]') !== null
  const tell = (text) => {
    const hint = find('[data-hint]')
    if (hint) hint.textContent = text
  }

  let since = performance.now()
  let begun = false
  let timer

  const ready = () =>
    document.visibilityState === 'visible' && document.hasFocus() && performance.now() - since >= moment

  const look = () => {
    if (!ready()) return
    find('[data-press]')?.removeAttribute('aria-disabled')
    tell('')
  }

  /** The page has just come to the front, or the pointer to the page: the moment begins anew. */
  const restart = () => {
    since = performance.now()
    begun = false
    find('[data-press]')?.setAttribute('aria-disabled', 'true')
    clearTimeout(timer)
    timer = setTimeout(look, moment)
  }

  addEventListener('focus', restart)
  addEventListener('blur', restart)
  addEventListener('pageshow', restart)
  document.addEventListener('visibilitychange', restart)
  // Where another site's page led here, the pointer must have come a moment ago as well: while a window lies above, the
  // pointer is there. Fingers have no place before they press.
  document.documentElement.addEventListener('pointerenter', ({ pointerType }) => {
    if (pointerType === 'mouse' && find('[data-decide=led]')) restart()
  })

  const arrival = new MutationObserver(() => {
    if (!find('[data-press]')) return
    arrival.disconnect()
    restart()
  })
  arrival.observe(document, { childList: true, subtree: true })

  document.addEventListener(
    'pointerdown',
    (event) => {
      if (isButton(event)) begun = event.isTrusted && ready()
    },
    true,
  )
  document.addEventListener(
    'keydown',
    (event) => {
      if (!isButton(event) || (event.key !== 'Enter' && event.key !== ' ')) return
      begun = event.isTrusted && !event.repeat && ready()
    },
    true,
  )
  document.addEventListener(
    'click',
    (event) => {
      if (!isButton(event)) return
      if (!ready()) {
        event.preventDefault()
        tell('One moment: the button works when this page was in front of you for a second.')
        return
      }
      const { form } = event.target.closest('[data-press]')
      form.querySelector('[name=pressed]')?.remove()
      if (begun) form.append(Object.assign(document.createElement('input'), mark))
    },
    true,
  )
  const mark = { type: 'hidden', name: 'pressed', value: 'here' }
}
