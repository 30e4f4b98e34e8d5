/** A path on our own origin in the one form in which it is compared and handed on. */
export interface LocalPath {
  /** Path, query and fragment, as a browser will ask for it. */
  readonly href: string
  readonly pathname: string
}

const base = 'http://local.invalid'

/**
 * Reads a local path and normalises it as browsers do (URL Standard: dot segments, also as `%2e`); undefined for
 * anything that is not plainly one, before or after. Encoded slashes, backslashes, controls and percent signs in the
 * path are refused: a proxy may decode them, and then it is another path than the one that was judged.
 */
export function readLocalPath(text: string): LocalPath | undefined {
  if (text.length > 2048 || !isLocal(text) || !URL.canParse(text, base)) return undefined
  const { origin, pathname, search, hash } = new URL(text, base)
  if (origin !== base || !isLocal(pathname) || /%(?:2f|5c|25|[01][0-9a-f]|7f)/i.test(pathname))
    return undefined
  return { href: pathname + search + hash, pathname }
}

/**
 * True when a normalised path is `target` or lies below it, by whole segments: `/explain` holds `/explain/x` and not
 * `/explainer`. Routes do not tell letters by their case; `anyCase` is for lists of what is not allowed.
 */
export function isBelow(
  { pathname }: Pick<LocalPath, 'pathname'>,
  target: string,
  { anyCase = false }: { readonly anyCase?: boolean } = {},
): boolean {
  const path = segmentsOf(anyCase ? pathname.toLowerCase() : pathname)
  return segmentsOf(target).every((segment, index) => path[index] === segment)
}

const isLocal = (text: string) => /^\/(?!\/)/.test(text) && !/[\\\x00-\x1f\x7f]/.test(text)

/** Doubled and closing slashes lead to the same page. */
const segmentsOf = (path: string) => path.split('/').filter((segment) => segment !== '')
