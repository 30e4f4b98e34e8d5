/** Pages that would start over instead of ending the sign-in. */
const notAgain = /^\/(?:login|saml|signed-out|sign-out)(?:[/?#]|$)/

/**
 * A local path to continue at after the sign-in, in normal form; `/` for anything that is not plainly one.
 * Normalising can uncover what the text hid (`/.//evil.example`), so the result is judged as well.
 */
export function safeReturnTo(text: string | undefined, origin: string): string {
  if (text === undefined || text.length > 2048 || !isLocal(text)) return '/'
  if (!URL.canParse(text, origin)) return '/'
  const url = new URL(text, origin)
  const path = url.pathname + url.search + url.hash
  return url.origin === origin && isLocal(path) && !notAgain.test(path) ? path : '/'
}

const isLocal = (text: string) => /^\/(?!\/)/.test(text) && !/[\\\x00-\x1f\x7f]/.test(text)
