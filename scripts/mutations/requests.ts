import { doubled, type Group, gone, off } from './removal.ts'

const steps = 'src/requests/steps.ts'
const seen = 'src/bridge/requests/seen.ts'

/** Access that others must allow: who may, how often each counts, and that time and denials win. */
export const requests: readonly Group[] = [
  {
    tests: ['test/flows/requests.test.ts', 'test/flows/requests-end.test.ts'],
    removals: [
      gone(
        'an approver allows no request of their own names',
        steps,
        'if (isSamePerson(by, request.who))',
        'if (false)',
      ),
      doubled(
        off('nobody allows their very own request', 'src/bridge/requests/decide-on.ts', 'mine) throw own()'),
        'an approver allows no request of their own names',
      ),
      gone(
        'each person counts once',
        steps,
        'if (approvals.some((one) => isSamePerson(one.by, by)))',
        'if (false)',
      ),
      gone(
        'as many as the rule wants allow it',
        steps,
        'if (allowedBy(next).length < request.needed) return next',
      ),
      off('as many as the rule wants by now', steps, 'request.breakGlass === undefined && allowedBy'),
      gone(
        'what is over is not allowed',
        steps,
        "if (standing(request, now) !== 'requested') throw isOver(request, now)",
      ),
      gone(
        'what is not allowed is not started',
        steps,
        "if (standing(request, now) !== 'approved') throw isOver(request, now)",
      ),
      gone(
        'only those who may allow it do',
        'src/bridge/requests/decide-on.ts',
        'if (!isApprover(terms, session))',
        'if (false)',
      ),
      gone(
        'a second factor where the rule wants one',
        'src/bridge/requests/decide-on.ts',
        'const stepUp = missingSignIn(terms, session, parts.clock())',
        'const stepUp = undefined as ReturnType<typeof missingSignIn>',
      ),
      gone('it is fresh', seen, 'return mfa && isFresh ?', 'return mfa ?'),
      off('agents allow nothing', 'src/bridge/requests/decide-on.ts', '!mine) refuseAgents'),
      off(
        'the reason is one that the rule takes',
        'src/bridge/requests/ask.ts',
        '!takesReason(terms, reason)',
      ),
      gone(
        'only who may breaks the glass',
        'src/bridge/requests/ask.ts',
        'if (wish.breakGlass) refuseGlass(terms, actor)',
      ),
      gone(
        'it is started by the rules of then',
        'src/bridge/requests/decide-on.ts',
        'const role = await askable(parts, { ...actor, context }, request.roleArn)',
        'const role = { ask: { rule: request.rule } }',
      ),
      gone(
        'only its person starts it',
        'src/bridge/requests/decide-on.ts',
        'if (!mine) throw notTheirs(request)',
      ),
      gone(
        'nobody sees what is none of theirs',
        seen,
        'if (!approver && offices.length === 0) return undefined',
      ),
      gone(
        'its end is carried to AWS',
        'src/policy/evaluate/decision.ts',
        'const windowEnds = Math.min(opening.endsAt, texts.windowEnds ?? opening.endsAt)',
        'const { windowEnds } = texts',
      ),
    ],
  },
  {
    tests: ['test/core/same-person.test.ts'],
    removals: [
      gone(
        'a tagged address is that of the same person',
        'src/core/person/same-person.ts',
        "bare.replace(/\\+.*$/, '')",
        'bare',
      ),
      gone(
        'a guest is the person they are at home',
        'src/core/person/same-person.ts',
        'guest ?? plain.replace',
        'plain.replace',
      ),
    ],
  },
  {
    tests: ['test/requests/race.test.ts'],
    removals: [
      gone('what is over is told of, by one', steps, 'if (state === request.state) return undefined'),
    ],
  },
  {
    tests: ['test/requests/reminders.test.ts'],
    removals: [
      gone('one node tells what waits', 'src/requests/reminders.ts', 'if (taken.mark !== mine.mark) return'),
      gone(
        'what a node never told another does',
        'src/requests/reminders.ts',
        ' && (before.done || isUnderWay(before, now))',
      ),
    ],
  },
  {
    tests: ['test/flows/requests-pages.test.ts'],
    removals: [
      gone(
        'a page that nobody has read allows nothing',
        'src/web/routes/pages/requests.ts',
        "if (verdict !== 'act') {",
        'if (false) {',
      ),
      gone(
        'only our own form decides',
        'src/web/routes/pages/requests.ts',
        'checkCsrf(request, web.origin)\n  const desk',
        'const desk',
      ),
    ],
  },
  {
    tests: ['test/policy/requests.test.ts'],
    removals: [
      gone('what has ended opens nothing', 'src/policy/evaluate/decision.ts', ' && one.endsAt > now)', ')'),
      gone('it opens one role', 'src/policy/evaluate/decision.ts', ' && one.roleArn === roleArn', ''),
      gone(
        'a plain rule is not said to add nothing',
        'src/policy/rules/overlaps.ts',
        'if (before.request !== undefined && !same(rule.request, before.request)) return false',
      ),
      gone(
        'what need not be asked for any more is wider',
        'src/policy/compare/compare.ts',
        'if (asked !== undefined) tell(asked.widens, asked.say)',
      ),
    ],
  },
]
