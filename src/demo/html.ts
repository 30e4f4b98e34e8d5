/** Markup that is safe to send: every value in it was escaped. */
export interface Html {
  readonly markup: string
}

type Value = Html | readonly Html[] | string | number | undefined

/** Template tag: text is escaped, `Html` is kept, lists are joined, `undefined` is nothing. */
export function html(parts: TemplateStringsArray, ...values: readonly Value[]): Html {
  return {
    markup: parts.map((part, i) => part + (i < values.length ? render(values[i]) : '')).join(''),
  }
}

function render(value: Value): string {
  if (value === undefined) return ''
  if (typeof value === 'string' || typeof value === 'number') return escapeMarkup(String(value))
  return 'markup' in value ? value.markup : value.map((one) => one.markup).join('')
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

/** Escapes text for HTML and XML, in content and in quoted attributes alike. */
export function escapeMarkup(text: string): string {
  return text.replace(/[&<>"']/g, (character) => entities[character] ?? '')
}
