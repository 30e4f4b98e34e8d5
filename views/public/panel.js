import { countdown } from './time.js'

const remembered = 'rolebridge.format'

/** Makes the credentials below `root` comfortable: tabs, copying, a countdown. Works once per markup. */
export function enhance(root) {
  const formats = root.querySelector('[data-formats]')
  if (!formats) return
  const said = root.querySelector('[data-said]')
  const sections = [...formats.querySelectorAll('[data-format]')]
  const form = formats.querySelector('[data-reveal]')
  const texts = form.elements.sealed ? onDemand(form) : async () => textsOf(sections)
  if (form.elements.sealed) addReveal(form, formats, sections, texts, said)
  addCopy(form, sections, texts, said)
  addTabs(formats, sections)
  startCountdown(root, said)
}

const textsOf = (sections) =>
  new Map(sections.map((section) => [section.dataset.format, section.querySelector('code').textContent]))

/** The texts with their secrets, by format. The page has none of them; the bridge is asked the first time. */
function onDemand(form) {
  let asked
  const ask = async () => {
    const answer = await fetch(form.action, {
      method: 'POST',
      body: new URLSearchParams(new FormData(form)),
      headers: { Accept: 'application/json' },
    })
    const { formats, title } = await answer.json()
    if (!answer.ok) throw new Error(title)
    return new Map(formats.map(({ name, text }) => [name, text]))
  }
  return () => {
    asked ??= ask().catch((error) => {
      asked = undefined
      throw error
    })
    return asked
  }
}

/** A box to tick instead of the form's button, which would lead to a page of its own. */
function addReveal(form, formats, sections, texts, said) {
  const label = document.createElement('label')
  const box = document.createElement('input')
  box.type = 'checkbox'
  label.append(box, ' Show secrets')
  form.querySelector('button').replaceWith(label)
  const masked = sections.map((section) => section.querySelector('code').cloneNode(true))
  box.addEventListener('change', async () => {
    try {
      const clear = box.checked ? await texts() : undefined
      sections.forEach((section, index) => {
        const code = masked[index].cloneNode(true)
        if (clear && box.checked) code.textContent = clear.get(section.dataset.format)
        section.querySelector('code').replaceWith(code)
      })
      formats.classList.toggle('revealed', box.checked)
      said.textContent = box.checked ? 'The secrets are shown.' : 'The secrets are hidden.'
    } catch (error) {
      box.checked = false
      said.textContent = error.message
    }
  })
  form.addEventListener('submit', (event) => event.preventDefault())
}

function addCopy(form, sections, texts, said) {
  const button = document.createElement('button')
  button.type = 'button'
  button.className = 'copy primary'
  button.textContent = 'Copy'
  button.addEventListener('click', async () => {
    const section = sections.find((one) => !one.hidden)
    const label = section.querySelector('.label').textContent
    try {
      await copy(texts().then((all) => all.get(section.dataset.format)))
      button.textContent = 'Copied'
      said.textContent = `${label}: copied to the clipboard.`
    } catch {
      button.textContent = 'Not copied'
      said.textContent = 'Could not be copied. Show the secrets, then select and copy them.'
    }
    setTimeout(() => {
      button.textContent = 'Copy'
      said.textContent = ''
    }, 2500)
  })
  form.append(button)
}

/** Puts a text that is still on its way onto the clipboard: some browsers allow it only right after the press. */
async function copy(text) {
  if (!globalThis.ClipboardItem) return navigator.clipboard.writeText(await text)
  const blob = text.then((all) => new Blob([all], { type: 'text/plain' }))
  await navigator.clipboard.write([new ClipboardItem({ 'text/plain': blob })])
}

/** Tabs as the ARIA Authoring Practices describe them: arrows move, the choice is remembered. */
function addTabs(formats, sections) {
  const list = document.createElement('div')
  list.className = 'tabs'
  list.setAttribute('role', 'tablist')
  list.setAttribute('aria-label', 'Format')
  const tabs = sections.map((section) => {
    const name = section.dataset.format
    const tab = document.createElement('button')
    tab.type = 'button'
    tab.id = `tab-${name}`
    tab.textContent = section.querySelector('.label').textContent
    tab.setAttribute('role', 'tab')
    tab.setAttribute('aria-controls', `format-${name}`)
    section.id = `format-${name}`
    section.setAttribute('role', 'tabpanel')
    section.setAttribute('aria-labelledby', tab.id)
    tab.addEventListener('click', () => select(tab))
    list.append(tab)
    return tab
  })
  const select = (chosen) => {
    tabs.forEach((tab, index) => {
      const on = tab === chosen
      tab.setAttribute('aria-selected', String(on))
      tab.tabIndex = on ? 0 : -1
      sections[index].hidden = !on
      if (on) localStorage.setItem(remembered, sections[index].dataset.format)
    })
    chosen.scrollIntoView({ block: 'nearest', inline: 'nearest' })
  }
  list.addEventListener('keydown', (event) => {
    const step = { ArrowRight: 1, ArrowLeft: -1, Home: -tabs.length, End: tabs.length }[event.key]
    if (step === undefined) return
    event.preventDefault()
    const at = tabs.indexOf(document.activeElement)
    const to = Math.abs(step) === 1 ? (at + step + tabs.length) % tabs.length : step < 0 ? 0 : tabs.length - 1
    select(tabs[to])
    tabs[to].focus()
  })
  formats.prepend(list)
  formats.classList.add('tabbed')
  const preferred = sections.findIndex((section) => 'preferred' in section.dataset)
  const last = sections.findIndex((section) => section.dataset.format === localStorage.getItem(remembered))
  select(tabs[Math.max(preferred, preferred < 0 ? last : preferred, 0)])
}

/** Counts down from what the server said is left, so a wrong clock here does no harm. */
function startCountdown(root, said) {
  const time = root.querySelector('time[data-remaining]')
  const until = Date.now() + Number(time.dataset.remaining) * 1000
  const tick = () => {
    if (!time.isConnected) return clearInterval(timer)
    const left = Math.max(0, Math.round((until - Date.now()) / 1000))
    time.textContent = left > 0 ? `in ${countdown(left)}` : 'now'
    time.classList.toggle('soon', left < 300)
    if (left > 0) return
    clearInterval(timer)
    root.querySelector('[data-formats]').remove()
    root.querySelector('[data-expired]').hidden = false
    root.querySelector('.again button').classList.add('primary')
    said.textContent = 'These credentials have expired.'
  }
  const timer = setInterval(tick, 1000)
  tick()
}
