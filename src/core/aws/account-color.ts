/** The palette of account colours: each has a tone for light and one for dark in `site.css`. */
const palette = new Set([
  'red',
  'orange',
  'yellow',
  'green',
  'teal',
  'blue',
  'indigo',
  'purple',
  'pink',
  'brown',
  'gray',
])

const otherNames: Readonly<Record<string, string>> = {
  amber: 'yellow',
  gold: 'yellow',
  lime: 'green',
  cyan: 'teal',
  turquoise: 'teal',
  navy: 'indigo',
  violet: 'purple',
  magenta: 'pink',
  crimson: 'red',
  grey: 'gray',
  black: 'gray',
  white: 'gray',
}

/** Every name of a colour that pages can show. */
export const colorNames: readonly string[] = [...palette, ...Object.keys(otherNames)]

/** The palette's name for a colour of the configuration; `none` when there is none or it is not known. */
export function accountColor(name: string | undefined): string {
  const lower = name?.toLowerCase() ?? ''
  if (palette.has(lower)) return lower
  return Object.hasOwn(otherNames, lower) ? (otherNames[lower] ?? 'none') : 'none'
}
