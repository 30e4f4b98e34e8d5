/** A piece of SVG whose texts are escaped already. */
export type Svg = string & { readonly brand: 'Svg' }

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

/** A text as it may stand between tags and in attributes. */
export function svgText(text: string): Svg {
  return text.replace(/[&<>"']/g, (letter) => entities[letter] ?? '') as Svg
}

/** An element. Looks come by class from the stylesheet: the pages allow no style of their own. */
export function svg(
  name: string,
  attributes: Readonly<Record<string, string | number>>,
  ...children: readonly Svg[]
): Svg {
  const written = Object.entries(attributes).map(([key, value]) => ` ${key}="${svgText(String(value))}"`)
  return `<${name}${written.join('')}>${children.join('')}</${name}>` as Svg
}

/**
 * A drawing that fills the width it is given, with the words that stand for it where it is not seen. `id` is of this one
 * drawing in its page.
 */
export function drawing(
  {
    id,
    title,
    say,
    width,
    height,
  }: { id: string; title: string; say: string; width: number; height: number },
  ...children: readonly Svg[]
): Svg {
  return svg(
    'svg',
    {
      class: 'drawing',
      viewBox: `0 0 ${width} ${height}`,
      preserveAspectRatio: 'none',
      role: 'img',
      'aria-labelledby': `${id}-title ${id}-say`,
    },
    svg('title', { id: `${id}-title` }, svgText(title)),
    svg('desc', { id: `${id}-say` }, svgText(say)),
    ...children,
  )
}
