import type { Session } from '../../core/index.ts'
import type { BridgeParts } from '../parts.ts'

/**
 * The session, while the identity provider that vouched for its person is still trusted under that name: taken out of
 * the configuration, or exchanged for another, it vouches for nobody any more. Nothing is ended, because with several
 * nodes the others may know a provider a moment earlier than this one.
 */
export function vouchedFor(
  { saml, openId, workloads }: Pick<BridgeParts, 'saml' | 'openId' | 'workloads'>,
  session: Session | undefined,
): Session | undefined {
  if (session === undefined) return undefined
  const { provider, protocol, issuer } = session.identity
  const party = { saml, openid: openId, workload: workloads }[protocol]
  return party.trusts(provider, issuer) ? session : undefined
}
