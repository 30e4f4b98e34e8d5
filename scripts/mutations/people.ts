import { type Group, gone, off } from './removal.ts'

const locks = 'src/bridge/people/locks.ts'
const acts = 'src/bridge/people/lock-somebody.ts'
const desk = 'src/bridge/people/desk.ts'
const handOuts = 'src/bridge/people/hand-outs.ts'

/** Who may look at others and act on them, and that a lock keeps somebody out by every door. */
export const people: readonly Group[] = [
  {
    tests: ['test/bridge/taken.test.ts'],
    removals: [
      gone(
        'what was taken under another name is theirs',
        'src/bridge/people/taken.ts',
        ' || nameIds.includes(record.nameId)',
        '',
      ),
      gone('a history is asked by every name', 'src/bridge/people/taken.ts', '        names.add(user)\n', ''),
      gone(
        'what people of other providers took is not',
        'src/bridge/people/taken.ts',
        'isAboutOneOf(identity, record) &&',
        '',
      ),
      gone('what is missing of a history is said', handOuts, 'whole && sorted.length <= limit', 'whole'),
      gone('what is missing of a file is said', handOuts, 'whole: value === undefined', 'whole: true'),
      gone(
        'a history that does not answer leaves the file',
        handOuts,
        "!(error instanceof Refusal && error.code === 'history_unavailable') || !trail",
        'true',
      ),
    ],
  },
  {
    tests: ['test/flows/people.test.ts', 'test/flows/unlocking.test.ts'],
    removals: [
      gone(
        'a session of somebody who is locked is none',
        'src/bridge/sessions/session-list.ts',
        "lock === 'open' && ",
        '',
      ),
      gone(
        'nobody who is locked signs in',
        'src/bridge/sessions/sessions.ts',
        'await refuseLocked(parts, identity)',
      ),
      gone(
        'a lock that falls on the way keeps credentials in the house',
        'src/bridge/sessions/still-in.ts',
        'await refuseLocked(parts, session.identity)',
      ),
      gone(
        'so does the end of a session',
        'src/bridge/sessions/still-in.ts',
        '(await liveSession(parts, session.id)) !== undefined',
        'true',
      ),
      gone('a lock ends at its time', locks, 'now < endOf(lock)', 'true'),
      gone(
        'an old session stays ended when a lock is lifted',
        locks,
        "if (since <= endOf(lock)) verdict = 'signed_in_before'",
      ),
      off('a lock that nobody can read locks', locks, 'lock === undefined && (await locks.holds(id))'),
      gone('a lock for one provider is for that one', locks, 'idps.includes(provider)', 'true'),
      gone(
        'names are compared however they are written',
        locks,
        'namesOf(identity).map(plainName)',
        'namesOf(identity)',
      ),
      gone(
        'another lock does not narrow one',
        acts,
        'fresh.idps && before.idps && [...new Set([...before.idps, ...fresh.idps])]',
        'fresh.idps',
      ),
      gone('what no list leads to ends with all sessions', desk, 'await endUntilNow(parts, actor, seen)'),
      gone(
        'another lock gives no end to one that nobody can read',
        acts,
        'return there ? rest : fresh',
        'return fresh',
      ),
      gone(
        'whoever is unlocked lets nobody else in',
        acts,
        'person ? [byName(name), byPerson(lastingKey(person))] : await idsOf(parts, name)',
        'await idsOf(parts, name)',
      ),
      gone(
        'whoever is locked under another name stays locked',
        acts,
        'if (!(await holdsUnderAny(parts, others))) ids.add(id)',
        'ids.add(id)',
      ),
      gone(
        'unlocking leaves a lock for another provider alone',
        locks,
        '(person === undefined || concerns(lock, person))',
        'true',
      ),
      gone('nobody locks themself', acts, 'refuseOwn(actor, target, name)'),
      gone('a lock says why', acts, "reason.trim() === '' ||", ''),
      gone('a lock ends later than now', acts, 'until !== undefined && !(until > clock())', 'false'),
      gone(
        'what was called by another NameID before is found',
        'src/bridge/people/seen.ts',
        '[identity.nameId, ...earlier]',
        '[identity.nameId]',
      ),
      gone(
        'auditors and administrators alone read about others',
        desk,
        "const read = (actor: Session) => allow(parts, actor, ['auditor', 'administrator'])",
        'const read = async (_actor: Session) => {}',
      ),
      gone(
        'auditors alone export everybody',
        desk,
        "whole ? allow(parts, actor, ['auditor']) : read(actor)",
        'read(actor)',
      ),
      gone(
        'administrators alone act',
        desk,
        "return allow(parts, actor, ['administrator'])",
        "return allow(parts, actor, ['auditor', 'administrator'])",
      ),
      gone(
        'agents administer nothing',
        desk,
        'refuseAgents(actor, context,',
        "if (actor.id === '') refuseAgents(actor, context,",
      ),
      gone('a cut is of one person', 'src/bridge/people/cut.ts', "'aws:userid': ids", "'aws:userid': ['*']"),
      gone(
        'a cut leaves what comes later',
        'src/bridge/people/cut.ts',
        "DateLessThan: { 'aws:TokenIssueTime': before },",
      ),
    ],
  },
  {
    tests: ['test/bridge/sessions.test.ts'],
    removals: [
      gone(
        'the end of all sessions takes no lock away',
        'src/bridge/people/end-others.ts',
        'before !== undefined && holdsAt(before, now) ? before : ended',
        'ended',
      ),
    ],
  },
]
