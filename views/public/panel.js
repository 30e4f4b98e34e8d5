import { countdown } from './time.js'

const remembered = 'rolebridge.format'

/** Makes the credentials below `root` comfortable: tabs, copying, a countdown. Works once per markup. */
export function enhance(root) {
  const formats = root.querySelector('[data-formats]')
  if (!formats) return
  const said = root.querySelector('[data-said]')
  const sections = [...formats.querySelectorAll('[data-format]')]
  addCopy(formats, sections, said)
  addTabs(formats, sections)
  startCountdown(root, said)
}

function addCopy(formats, sections, said) {
  const button = document.createElement('button')
  button.type = 'button'
  button.className = 'copy primary'
  button.textContent = 'Copy'
  button.addEventListener('click', async () => {
    const section = sections.find((one) => !one.hidden)
    const copied = await copy(section.querySelector('code'))
    button.textContent = copied ? 'Copied' : 'Press Ctrl+C'
    const label = section.querySelector('.label').textContent
    said.textContent = copied ? `${label}: copied to the clipboard.` : 'Selected. Press Ctrl+C to copy.'
    setTimeout(() => {
      button.textContent = 'Copy'
      said.textContent = ''
    }, 2500)
  })
  formats.querySelector('.reveal').append(button)
}

/** True when the text is on the clipboard; otherwise it is left selected. */
async function copy(element) {
  try {
    await navigator.clipboard.writeText(element.textContent)
    return true
  } catch {
    getSelection().selectAllChildren(element)
    return false
  }
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
