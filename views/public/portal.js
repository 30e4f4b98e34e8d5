import { enhance } from './panel.js'
import { localClocks } from './time.js'

// A long list is still arriving when this runs: the search works at once, the rest when all is here.
const whenComplete = (act) =>
  document.readyState === 'loading' ? document.addEventListener('DOMContentLoaded', act) : act()

if (document.getElementById('filter')) searching()
whenComplete(() => {
  localClocks(document)
  if (document.getElementById('roles')) credentialsInPanel()
})

/** Filters as one types: every word must occur in the role's or the account's name, its number or its tags. */
function searching() {
  const input = document.getElementById('filter')
  let groups

  const filter = () => {
    groups ??= readGroups()
    const words = input.value.toLowerCase().split(/\s+/).filter(Boolean)
    let count = 0
    let locked = 0
    for (const group of groups) {
      let shown = 0
      for (const row of group.rows) {
        const hide = !words.every((word) => row.text.includes(word))
        if (!hide) shown += 1
        if (row.hidden !== hide) {
          row.hidden = hide
          row.element.hidden = hide
        }
      }
      if (group.hidden !== (shown === 0)) {
        group.hidden = shown === 0
        group.element.hidden = group.hidden
      }
      if (group.locked) locked += shown
      else if (!group.recents) count += shown
      if (group.fold) group.fold.open = words.length > 0 && shown > 0
    }
    const shut = document.getElementById('shut')
    if (shut) shut.hidden = words.length > 0 && locked === 0
    const nothing = document.getElementById('nothing')
    if (nothing) nothing.hidden = count + locked > 0
    document.getElementById('found').textContent =
      words.length === 0
        ? ''
        : `${count} ${count === 1 ? 'role' : 'roles'} found${locked > 0 ? `, ${locked} locked` : ''}`
  }

  input.addEventListener('input', filter)
  input.addEventListener('keydown', (event) => {
    if (event.key === 'Escape' && input.value !== '') {
      event.preventDefault()
      input.value = ''
      filter()
    }
    if (event.key === 'Enter') {
      // Without this the same key press would also press the button that has just got the focus.
      event.preventDefault()
      document.querySelector('#roles li:not([hidden]) button')?.focus()
    }
  })
  document.addEventListener('keydown', (event) => {
    const typing = event.target.closest('input, select, textarea, dialog')
    if (event.key !== '/' || typing || event.ctrlKey || event.metaKey || event.altKey) return
    event.preventDefault()
    input.focus()
    input.select()
  })
  whenComplete(() => {
    groups = undefined
    if (input.value !== '') filter()
  })
}

function readGroups() {
  const locked = [...document.querySelectorAll('#shut .group')].map((element) => {
    const rows = [...element.querySelectorAll('.names > li')].map((row) => ({
      element: row,
      text: row.textContent.toLowerCase(),
      hidden: row.hidden,
    }))
    return { element, rows, locked: true, fold: element.querySelector('details'), hidden: element.hidden }
  })
  const open = [...document.querySelectorAll('#roles section')].map((element) => {
    const header = `${element.firstElementChild.textContent} ${element.dataset.tags ?? ''}`.toLowerCase()
    const recents = element.classList.contains('recents')
    const rows = [...element.querySelectorAll('li')].map((row) => {
      const text = row.firstElementChild.textContent.toLowerCase()
      return { element: row, text: recents ? text : `${text} ${header}`, hidden: row.hidden }
    })
    return { element, rows, recents, hidden: element.hidden }
  })
  return [...open, ...locked]
}

/** Shows the page that the form leads to in a panel; without this script the form simply goes there. */
function credentialsInPanel() {
  const form = document.getElementById('roles')
  const panel = document.getElementById('panel')
  const body = document.getElementById('panel-body')
  let asking

  const show = (...nodes) => {
    body.replaceChildren(...nodes)
    body.querySelector('h1')?.focus()
  }

  const ask = async (source, submitter) => {
    asking?.abort()
    asking = new AbortController()
    const { signal } = asking
    if (!panel.open) panel.showModal()
    show(busy(submitter))
    body.setAttribute('aria-busy', 'true')
    try {
      const answer = await fetch(source.action, {
        method: 'POST',
        body: new URLSearchParams(new FormData(source, submitter)),
        headers: { Accept: 'text/html' },
        signal,
      })
      const page = new DOMParser().parseFromString(await answer.text(), 'text/html')
      if (signal.aborted) return
      show(...page.getElementById('main').childNodes)
      enhance(body)
    } catch (error) {
      if (error.name !== 'AbortError') show(sentence('That did not work', 'Rolebridge could not be reached.'))
    } finally {
      if (!signal.aborted) body.removeAttribute('aria-busy')
    }
  }

  document.addEventListener('submit', (event) => {
    const ours = event.target === form || event.target.matches('#panel .again, #shut .reasoned')
    if (!ours) return
    event.preventDefault()
    void ask(event.target, event.submitter)
  })
  // Secrets do not outlive the panel, nor the page when the browser keeps it for its back button.
  panel.addEventListener('close', () => {
    asking?.abort()
    body.replaceChildren()
  })
  panel.addEventListener('click', (event) => {
    if (event.target === panel) panel.close()
  })
  addEventListener('pagehide', () => panel.close())
  addEventListener('pageshow', (event) => {
    if (event.persisted) location.reload()
  })
}

function busy(submitter) {
  const what = submitter?.getAttribute('aria-label') ?? 'New credentials'
  const element = sentence(what, 'Asking AWS …')
  element.classList.add('busy')
  return element
}

function sentence(title, text) {
  const element = document.createElement('div')
  const heading = document.createElement('h1')
  heading.id = 'panel-title'
  heading.tabIndex = -1
  heading.textContent = title
  const say = document.createElement('p')
  say.className = 'say'
  say.textContent = text
  element.append(heading, say)
  return element
}
