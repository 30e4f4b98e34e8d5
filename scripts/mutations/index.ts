import { app } from './app.ts'
import { audit } from './audit.ts'
import { bridge } from './bridge.ts'
import { broker } from './broker.ts'
import { delivery } from './delivery.ts'
import { history } from './history.ts'
import { iac } from './iac.ts'
import { mfa } from './mfa.ts'
import { oauth } from './oauth.ts'
import { oidc } from './oidc.ts'
import { outgoing } from './outgoing.ts'
import { people } from './people.ts'
import { policy } from './policy.ts'
import type { Group } from './removal.ts'
import { requests } from './requests.ts'
import { review } from './review.ts'
import { saml } from './saml.ts'
import { store } from './store.ts'
import { sts } from './sts.ts'
import { web } from './web.ts'
import { workers } from './workers.ts'

/** The checks of each room. */
export const rooms: Readonly<Record<string, readonly Group[]>> = {
  saml,
  oidc,
  outgoing,
  sts,
  policy,
  bridge,
  people,
  review,
  store,
  oauth,
  web,
  broker,
  mfa,
  app,
  delivery,
  requests,
  audit,
  history,
  iac,
  workers,
}
