import type { Issued, Lock, PersonSessions, Reviewed, Seen } from '../bridge.ts'
import type { Collection, Random, Session, Store } from '../core/index.ts'
import {
  accessSchema,
  codeSchema,
  deviceSchema,
  familySchema,
  type OAuthRecords,
  userCodeSchema,
} from '../oauth/index.ts'
import type { IssuerCopy, PendingCode } from '../oidc/index.ts'
import { type RequestRecords, requestSchemas } from '../requests/index.ts'
import type { MetadataCopy, PendingLogout, PendingRequest } from '../saml/index.ts'
import { createCollections, type Watch } from '../store/index.ts'
import type { BrowserSession } from '../web/index.ts'
import {
  browserSessionSchema,
  issuedSchema,
  issuerCopySchema,
  lockSchema,
  metadataCopySchema,
  pendingCodeSchema,
  pendingLogoutSchema,
  pendingSchema,
  personSchema,
  recentsSchema,
  replaySchema,
  reviewedSchema,
  seenSchema,
  sessionSchema,
  subjectSchema,
} from './schemas.ts'

/** Everything that the bridge remembers, each kind under its own name, encrypted at rest. */
export interface Memory {
  readonly sessions: Collection<Session>
  readonly people: Collection<PersonSessions>
  readonly seen: Collection<Seen>
  readonly locks: Collection<Lock>
  readonly browsers: Collection<BrowserSession>
  readonly recents: Collection<readonly string[]>
  readonly reviews: Collection<Reviewed>
  readonly issued: Collection<Issued>
  readonly pending: Collection<PendingRequest>
  readonly logouts: Collection<PendingLogout>
  readonly replays: Collection<{ readonly usedAt: number }>
  readonly metadata: Collection<MetadataCopy>
  readonly openId: {
    readonly pending: Collection<PendingCode>
    readonly copies: Collection<IssuerCopy>
    readonly subjects: Collection<{ readonly nameId: string }>
  }
  readonly requests: RequestRecords
  readonly oauth: OAuthRecords
}

/**
 * Names what lies in the store. The first secret encrypts, all decrypt. Watched is whatever would let somebody in, or let
 * them do once more what they did once.
 */
export function nameMemory(
  store: Store,
  secrets: readonly string[],
  deps: {
    readonly random: Random
    readonly warn: (message: string) => void
    readonly watch: Watch
  },
): Memory {
  const collection = createCollections(store, secrets, deps.random, deps)
  return {
    // The number goes up when what older versions wrote must not be read any more: those people sign in again.
    sessions: collection('session-2', sessionSchema, 'watched'),
    people: collection('person', personSchema, 'watched'),
    seen: collection('seen', seenSchema),
    locks: collection('lock', lockSchema, 'watched'),
    browsers: collection('browser', browserSessionSchema),
    recents: collection('recents', recentsSchema),
    reviews: collection('reviewed', reviewedSchema),
    issued: collection('issued', issuedSchema),
    pending: collection('request', pendingSchema, 'watched'),
    logouts: collection('logout', pendingLogoutSchema, 'watched'),
    replays: collection('replay', replaySchema, 'watched'),
    metadata: collection('metadata', metadataCopySchema),
    openId: {
      pending: collection('oidc-request', pendingCodeSchema, 'watched'),
      copies: collection('oidc-issuer', issuerCopySchema),
      subjects: collection('oidc-subject', subjectSchema),
    },
    requests: {
      ledgers: collection('access-ledger', requestSchemas.ledger, 'watched'),
      places: collection('access-place', requestSchemas.place),
      open: collection('access-open', requestSchemas.openList),
      reminders: collection('access-reminder', requestSchemas.reminder),
    },
    oauth: {
      devices: collection('device', deviceSchema, 'watched'),
      userCodes: collection('user-code', userCodeSchema),
      codes: collection('code', codeSchema, 'watched'),
      access: collection('access', accessSchema, 'watched'),
      families: collection('family', familySchema, 'watched'),
    },
  }
}
