import { doubled, type Group, gone, off } from './removal.ts'

/** The story: who has a session, what is decided again at every hand-out, and what is written down first. */
export const bridge: readonly Group[] = [
  {
    tests: ['test/flows/step-up.test.ts'],
    removals: [
      off('a second factor that was asked for came', 'src/core/person/check-step-up.ts', 'asked.mfa && !mfa'),
      gone(
        'SAML: the answer is held against what was asked for',
        'src/saml/judge/acceptance.ts',
        'if (request.stepUp) checkStepUp(request.stepUp, identity)',
      ),
      gone(
        'OpenID: the answer is held against what was asked for',
        'src/oidc/people/relying-party.ts',
        'if (pending.stepUp) checkStepUp(pending.stepUp, identity)',
      ),
      gone(
        'a step-up is of the person who asked',
        'src/bridge/sign-in/sign-in.ts',
        'stepUp.person !== lastingKey(identity)',
        'false',
      ),
      gone(
        'a step-up is of the session that asked',
        'src/bridge/sign-in/sign-in.ts',
        '(await liveSession(parts, stepUp.session)) === undefined',
        'false',
      ),
      gone(
        'the session before a step-up ends',
        'src/bridge/sign-in/sign-in.ts',
        "if (signIn.stepUp) await endSession(parts, signIn.stepUp.session, 'stepped_up', context, session)",
      ),
      gone(
        'the session of somebody else in the same browser ends',
        'src/bridge/sign-in/sign-in.ts',
        'await endHeldByOther(parts, signIn, context)',
      ),
      gone(
        'whoever signs in as themselves ends nothing',
        'src/bridge/sign-in/sign-in.ts',
        'lastingKey(held.identity) !== lastingKey(identity)',
        'true',
      ),
      gone(
        'only our own form starts a step-up',
        'src/web/routes/pages/step-up.ts',
        'checkCsrf(request, web.origin)',
      ),
      off(
        'a program that wants a step-up is let in after it',
        'src/web/routes/pages/device.ts',
        'approves && (await wantsStepUp(web',
      ),
    ],
  },
  {
    tests: ['test/flows/why-not.test.ts'],
    removals: [
      gone(
        'a bound program sees no rules of others',
        'src/bridge/decide/offices.ts',
        'if (only !== undefined) return []',
        '',
      ),
      off(
        'a bound program does not read what the provider said',
        'src/web/routes/api/me.ts',
        'attributes && session.only !== undefined',
      ),
    ],
  },
  {
    tests: [
      'test/bridge/session-list.test.ts',
      'test/bridge/sessions.test.ts',
      'test/bridge/per-minute.test.ts',
      'test/bridge/terms.test.ts',
      'test/bridge/sign-in.test.ts',
    ],
    removals: [
      off(
        'a purpose is one line',
        'src/bridge/hand-out/wish.ts',
        'purpose !== undefined && !isPurpose(purpose)',
      ),
      gone(
        'a rule that gives read-only gives nothing else',
        'src/bridge/hand-out/wish.ts',
        'wish.readOnly || entitlement.readOnly',
        'wish.readOnly',
      ),
      gone(
        'a sign-in ends',
        'src/bridge/sign-in/sign-in.ts',
        'Math.min(now + maxAge * 1000, identity.sessionNotOnOrAfter ?? Number.POSITIVE_INFINITY)',
        'now + 1e12',
      ),
      off(
        'a role is held no shorter than AWS allows',
        'src/bridge/hand-out/wish.ts',
        '!Number.isInteger(wanted) ||',
      ),
      off(
        'a role is held no longer than its rule allows',
        'src/bridge/hand-out/wish.ts',
        'wanted > maxDuration',
      ),
      gone(
        'a role is named whole',
        'src/bridge/decide/bounds.ts',
        'name.toLowerCase() === wanted',
        'name.toLowerCase().includes(wanted)',
      ),
      gone(
        'a person’s list names the session',
        'src/bridge/sessions/session-list.ts',
        'person?.sessions.some((one) => one.id === id) ? session',
        'person ? session',
      ),
      off(
        'a program’s parent is still there',
        'src/bridge/sessions/session-list.ts',
        'session.parent !== undefined && !live.some(',
      ),
      gone(
        'number of sessions',
        'src/bridge/sessions/session-list.ts',
        "over = tooMany(live, session.kind === 'workload' ? mostOfWorkload : most)",
        'over = []',
      ),
      gone(
        'programs go before browsers',
        'src/bridge/sessions/session-list.ts',
        '[...(programs ?? []), ...(browsers ?? [])]',
        '[...(browsers ?? []), ...(programs ?? [])]',
      ),
      gone(
        'what expired takes no room',
        'src/bridge/sessions/session-list.ts',
        '(person?.sessions ?? []).filter((one) => one.expiresAt > clock())',
        '(person?.sessions ?? [])',
      ),
      doubled(
        gone('a session ends', 'src/bridge/sessions/session-list.ts', ' || session.expiresAt <= clock()', ''),
        'the store, which forgets it in the same millisecond',
      ),
      gone(
        'an ended session is off the list',
        'src/bridge/sessions/session-list.ts',
        'one.id !== id && one.expiresAt > clock()',
        'one.expiresAt > clock()',
      ),
      gone(
        'of two who end a session one does',
        'src/bridge/sessions/session-list.ts',
        'return sessions.take(id)\n}',
        'await sessions.take(id)\n  return session\n}',
      ),
      gone(
        'sessions are of one provider’s person',
        'src/core/person/identity.ts',
        'JSON.stringify([protocol, issuer, nameId])',
        'JSON.stringify([protocol, typeof issuer, nameId])',
      ),
      gone(
        'somebody’s name by SAML is nobody’s by another protocol',
        'src/core/person/identity.ts',
        'JSON.stringify([protocol, issuer, nameId])',
        'JSON.stringify([issuer, nameId])',
      ),
      off(
        'a live browser lets a program in',
        'src/bridge/sessions/sessions.ts',
        "parent.kind !== 'browser' ||",
      ),
      gone(
        'a browser that has ended lets nothing in',
        'src/bridge/sessions/sessions.ts',
        ' || parent.expiresAt <= now',
        '',
      ),
      gone(
        'a program ends with the sign-in',
        'src/bridge/sessions/sessions.ts',
        '    expiresAt,\n    parent: parent.id',
        '    expiresAt: expiresAt + 1,\n    parent: parent.id',
      ),
      gone(
        'a program is bound to what was shown',
        'src/bridge/sessions/sessions.ts',
        '...(only !== undefined && { only }),',
        '',
      ),
      gone(
        'an agent’s session stays an agent’s',
        'src/bridge/sessions/sessions.ts',
        '...(agent !== undefined && { agent }),',
        '',
      ),
      gone(
        'a tile’s program stays a tile’s',
        'src/bridge/sessions/sessions.ts',
        '...(unsolicited && { unsolicited }),',
        '',
      ),
      gone(
        'a program’s session is kept after it was written down',
        'src/bridge/sessions/sessions.ts',
        "await parts.events.emit({\n      type: 'sign_in',",
        "void parts.events.emit({\n      type: 'sign_in',",
      ),
      gone(
        'a bound program ends its own session alone',
        'src/bridge/sessions/sessions.ts',
        '.filter(({ id }) => session.only === undefined || id === session.id)\n',
        '',
      ),
      gone(
        'one index of a person',
        'src/bridge/sessions/sessions.ts',
        'sessionIndex === undefined || (identity.sessionIndex ?? sessionIndex) === sessionIndex',
        'identity !== undefined',
      ),
      gone(
        'all end before the first record is tried',
        'src/bridge/sessions/sessions.ts',
        'const ended = await Promise.all(found.map(({ id }) => strike(parts, id)))',
        "const ended: (Session | undefined)[] = []\n      for (const { id } of found) {\n        const one = await strike(parts, id)\n        if (one) await tellEnd(parts, one, 'identity_provider', context)\n        ended.push(one)\n      }",
      ),
      gone(
        'a program that was let in meanwhile ends as well',
        'src/bridge/sessions/session-list.ts',
        'await end((await look()).filter(({ parent }) => parent !== undefined && ended.has(parent)))',
      ),
      gone('a limit in a minute', 'src/bridge/per-minute.ts', 'if (count <= most) return', 'return'),
      gone('a limit is each person’s', 'src/bridge/per-minute.ts', 'personKey(identity)', "''"),
      gone(
        'a limit is for all sessions of a person',
        'src/bridge/per-minute.ts',
        'if (count === most + 1) await first?.(refusal)',
        'await first?.(refusal)',
      ),
      gone('a minute ends', 'src/bridge/per-minute.ts', 'now !== current', 'Number.isNaN(current)'),
    ],
  },
  {
    tests: ['test/flows/bounds.test.ts', 'test/flows/api.test.ts'],
    removals: [
      gone(
        'a session takes its role alone',
        'src/bridge/decide/decide.ts',
        'bound(session.only, entitlements)',
        'bound(undefined, entitlements)',
      ),
      gone(
        'a role is held no longer than was shown',
        'src/bridge/decide/bounds.ts',
        'maxDuration: Math.min(one.maxDuration, most)',
        'maxDuration: one.maxDuration',
      ),
      gone(
        'a bound program is no auditor',
        'src/bridge/decide/offices.ts',
        'if (only !== undefined) return []',
        '',
      ),
      gone(
        'a hand-out is decided again',
        'src/bridge/hand-out/issue.ts',
        'entitlements.find((one) => one.id === id)',
        '(entitlements.find((one) => one.id === id) ?? (entitlements[0] && { ...entitlements[0], id, roleArn: id }))',
      ),
      gone(
        'a hand-out is written down',
        'src/bridge/hand-out/issue.ts',
        "await parts.events.emit({ type: 'credentials_issued', ...event, reused })",
        'void [event, reused]',
      ),
    ],
  },
  {
    tests: ['test/flows/channels.test.ts'],
    removals: [
      gone(
        'the command line is an API',
        'src/bridge/decide/decide.ts',
        "(['cli', 'api'] as const)",
        '([channel] as const)',
      ),
      gone(
        'a console link is one by any door',
        'src/bridge/decide/decide.ts',
        "...(console && channel !== 'console' ? (['console'] as const) : []),",
        '',
      ),
      gone(
        'a tile is told',
        'src/bridge/decide/decide.ts',
        "...(unsolicited ? (['tile'] as const) : []),",
        '',
      ),
    ],
  },
  {
    tests: ['test/flows/agents.test.ts'],
    removals: [
      gone(
        'an agent’s session is an agent’s whatever it says',
        'src/bridge/decide/decide.ts',
        'session.agent ?? context.agent',
        'context.agent',
      ),
      gone(
        'a program says whether it is an agent',
        'src/bridge/decide/decide.ts',
        'session.agent ?? context.agent',
        'session.agent',
      ),
    ],
  },
  {
    tests: ['test/flows/full-trail.test.ts', 'test/flows/console.test.ts'],
    removals: [
      gone(
        'a sign-in is written down before there is a session',
        'src/bridge/sessions/sessions.ts',
        "await parts.events.emit({\n      type: 'sign_in',",
        "void parts.events.emit({\n      type: 'sign_in',",
      ),
      gone(
        'credentials are written down before they leave',
        'src/bridge/hand-out/issue.ts',
        "await parts.events.emit({ type: 'credentials_issued', ...event, reused })",
        "void parts.events.emit({ type: 'credentials_issued', ...event, reused }).catch(() => {})",
      ),
      gone(
        'a destination is judged before there are credentials',
        'src/bridge/hand-out/issue.ts',
        'judgeFirst()\n',
        '\n',
      ),
    ],
  },
  {
    tests: ['test/flows/logout.test.ts'],
    removals: [
      gone(
        'a logout request ends the session',
        'src/bridge/sessions/logout.ts',
        'await endSessionsOf(parts, { ...whose, sessionIndex }, context)',
        'void sessionIndex',
      ),
      gone(
        'a refused logout message is written down',
        'src/bridge/sessions/logout.ts',
        "if (error instanceof Refusal) await recordRefusal(parts, 'logout', error, context)",
        '',
      ),
      gone(
        'a logout that did not succeed there is written down',
        'src/bridge/sessions/logout.ts',
        "if (!confirmed) await recordRefusal(parts, 'logout', new Refusal('status_not_success', detail), context)",
        '',
      ),
      gone(
        'signing out ends the session',
        'src/bridge/sessions/logout.ts',
        "await endSession(parts, session.id, 'user', context)",
        '',
      ),
    ],
  },
  {
    tests: ['test/flows/sign-in.test.ts', 'test/flows/aws-portal.test.ts'],
    removals: [
      gone(
        'a refusal is written down',
        'src/bridge/hand-out/issue.ts',
        'await writeRefusal(parts, session, entitlementId, context, error)\n    throw error',
        'throw error',
      ),
      gone(
        'a refused sign-in is written down',
        'src/bridge/sign-in/sign-in.ts',
        "if (error instanceof Refusal) await recordRefusal({ events }, 'sign_in', error, context)",
        '',
      ),
      doubled(
        gone(
          'an answer is redeemed for five minutes',
          'src/bridge/sign-in/evidence.ts',
          ' && now < passthrough.redeemableUntil',
          '',
        ),
        'STS, which redeems an answer for five minutes and is then asked in vain',
      ),
      gone(
        'what was bought is served while it lives',
        'src/bridge/hand-out/obtain.ts',
        'return kept.credentials.expiresAt > clock() ? kept : undefined',
        'return undefined',
      ),
      gone(
        'what was bought is of one session and role',
        'src/bridge/hand-out/obtain.ts',
        '[session.id, entitlement.roleArn, ...terms, pinned, ...narrower]',
        '[...terms, pinned, ...narrower]',
      ),
    ],
  },
  {
    tests: ['test/flows/narrowed.test.ts'],
    removals: [
      gone('a narrowing is written down', 'src/bridge/hand-out/issue.ts', '...narrowing(ask) }', '}'),
      gone(
        'what was bought is of one narrowing',
        'src/bridge/hand-out/obtain.ts',
        '[session.id, entitlement.roleArn, ...terms, pinned, ...narrower]',
        '[session.id, entitlement.roleArn, pinned]',
      ),
      gone(
        'what was bought wider is narrowed',
        'src/bridge/hand-out/obtain.ts',
        'if (Object.keys(scope).length === 0) return kept.credentials',
        'return kept.credentials',
      ),
    ],
  },
  {
    tests: ['test/bridge/keep.test.ts'],
    removals: [
      gone('kept credentials are one person’s', 'src/bridge/hand-out/keep.ts', 'personKey(identity)', "''"),
      gone(
        'they are fetched once for many',
        'src/bridge/hand-out/keep.ts',
        'flights.get(name) ?? go()',
        'go()',
      ),
      gone(
        'what was replaced already is not again',
        'src/bridge/hand-out/keep.ts',
        'credentials.accessKeyId === refused.accessKeyId && ',
        '',
      ),
      gone(
        'refused ones are replaced once a minute',
        'src/bridge/hand-out/keep.ts',
        ' && Math.abs(now - askedAt) >= pause',
        '',
      ),
      gone('asking counts, also in vain', 'src/bridge/hand-out/keep.ts', '{ ...kept, askedAt: now }', 'kept'),
    ],
  },
  {
    tests: ['test/flows/one-issuer.test.ts'],
    removals: [
      gone(
        'records of another protocol’s person are not theirs',
        'src/bridge/history/own.ts',
        'return by === protocol',
        'return true',
      ),
    ],
  },
  {
    tests: ['test/flows/windows.test.ts', 'test/bridge/terms.test.ts'],
    removals: [
      gone(
        'the purpose is the reason',
        'src/bridge/hand-out/issue.ts',
        'decide(parts, session, withReason(context, purpose), access.opened)',
        'decide(parts, session, context, access.opened)',
      ),
      gone(
        'a window that ends earlier cuts the time',
        'src/bridge/hand-out/wish.ts',
        'Math.min(wanted, Math.max(left, boundsOf(entitlement).least))',
        'wanted',
      ),
      gone(
        'a window is cut to no less than AWS opens',
        'src/bridge/hand-out/wish.ts',
        'Math.max(left, boundsOf(entitlement).least)',
        'left',
      ),
      gone('the end of a window goes to AWS', 'src/bridge/hand-out/obtain.ts', 'endsAt: ask.endsAt,'),
    ],
  },
  {
    tests: ['test/flows/windows.test.ts'],
    removals: [
      gone(
        'what was bought ends with the window of now',
        'src/bridge/hand-out/obtain.ts',
        ' || kept.credentials.expiresAt > windowEnds',
      ),
    ],
  },
]
