import { z } from 'zod'

const isLoopback = (host: string) => /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])$/.test(host)

/**
 * An issuer as it is written in tokens, compared letter by letter: https without query and fragment (OpenID Connect
 * Discovery §2); plain http for this machine only.
 */
export const issuerOption = z.string().superRefine((text, context) => {
  const fault = issuerFault(text, URL.canParse(text) ? new URL(text) : undefined)
  if (fault !== undefined) context.addIssue({ code: 'custom', message: fault })
})

function issuerFault(text: string, url: URL | undefined): string | undefined {
  if (!url || !/^https?:$/.test(url.protocol))
    return 'is no URL; write it as the provider does, for example https://corp.okta.com'
  if (url.protocol === 'http:' && !isLoopback(url.hostname))
    return 'must be https: whoever can change its answers can sign in as anybody'
  if (url.username !== '' || url.password !== '') return 'must not hold a password'
  if (/[?#]/.test(text)) return 'must be without query and fragment'
  if (text.endsWith('/.well-known/openid-configuration'))
    return 'is the address of the discovery document; write what stands before /.well-known'
  return undefined
}
