import { isBelow, readLocalPath } from '../../core/index.ts'

/** Pages that would start over instead of ending the sign-in. */
const notAgain = ['/login', '/saml', '/oidc', '/signed-out', '/sign-out']

/** A local path to continue at after the sign-in, in normal form; `/` for anything that is not plainly one. */
export function safeReturnTo(text: string | undefined): string {
  const path = text === undefined ? undefined : readLocalPath(text)
  if (path === undefined || notAgain.some((page) => isBelow(path, page, { anyCase: true }))) return '/'
  return path.href
}
