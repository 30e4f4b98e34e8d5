// Buttons that copy a text of the page.
for (const button of document.querySelectorAll('[data-copy]')) {
  const words = button.textContent
  button.hidden = false
  button.addEventListener('click', async () => {
    await navigator.clipboard.writeText(document.getElementById(button.dataset.copy).textContent)
    button.textContent = 'Copied'
    setTimeout(() => {
      button.textContent = words
    }, 2000)
  })
}
