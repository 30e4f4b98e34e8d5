import { Refusal } from '../../core/index.ts'
import type { Circumstances, TrustedProvider } from './trust.ts'

/**
 * Judges a message; when no key of a known issuer fits its signature, looks at the issuer's metadata and judges once
 * more. So a provider that changed its key locks nobody out, and keys still come from metadata alone: never from the
 * message. How often a look may happen is the source's matter. The time is that of the first judgement.
 */
export async function judgeWithFreshKeys<T>(
  where: Circumstances,
  judge: (where: Circumstances) => T,
  lookAgain: (provider: string) => Promise<void>,
): Promise<T> {
  let asked: { readonly issuer: string; readonly provider: TrustedProvider } | undefined
  const findProvider = (issuer: string) => {
    const provider = where.findProvider(issuer)
    if (provider !== undefined) asked = { issuer, provider }
    return provider
  }
  try {
    return judge({ ...where, findProvider })
  } catch (error) {
    if (!(error instanceof Refusal) || error.code !== 'signature_invalid' || asked === undefined) throw error
    await lookAgain(asked.provider.name)
    if (where.findProvider(asked.issuer) === asked.provider) throw error
    return judge(where)
  }
}
