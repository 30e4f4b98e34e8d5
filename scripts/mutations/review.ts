import { type Group, gone, off } from './removal.ts'

/** Reviews: for whom they are, what a sign-off is good for, and whose it cannot be. */
export const review: readonly Group[] = [
  {
    tests: ['test/bridge/review.test.ts'],
    removals: [
      gone(
        'reviews are bounded as all questions about people are',
        'src/bridge/review/create-desk.ts',
        'return void (await parts.lookups(actor))',
        'return',
      ),
      gone('what took long is kept for longer', 'src/bridge/review/runs.ts', ' + 2 * (doneAt - beganAt)', ''),
      gone(
        'what one configuration gives is not shown of another',
        'src/bridge/review/runs.ts',
        'JSON.stringify([wanted.configuration, wanted.key])',
        'wanted.key',
      ),
      gone('exports give way', 'src/bridge/review/create-desk.ts', 'await setImmediate()', '{}'),
    ],
  },
  {
    tests: ['test/policy/review.test.ts'],
    removals: [
      gone(
        'a condition that asks for nothing is none',
        'src/policy/review/wide-rules.ts',
        '!bounds(condition, now)',
        'Object.keys(condition).length === 0',
      ),
      gone('what people come to counts', 'src/policy/review/wide-rules.ts', ', ...reached]', ']'),
      gone(
        'patterns of one attribute are taken together',
        'src/policy/review/unrelated.ts',
        'patterns.some((pattern) => pattern.capture(value) !== undefined)',
        'patterns[0]?.capture(value) !== undefined',
      ),
      gone(
        'addresses of one kind are enough',
        'src/policy/rules/look-at-condition.ts',
        'kinds.some((some) => some.length >= least && ',
        'kinds.every((some) => ',
      ),
    ],
  },
  {
    tests: ['test/flows/review.test.ts'],
    removals: [
      gone(
        'a review is for those with an office',
        'src/bridge/review/create-desk.ts',
        'if (officesOf(parts, actor).length > 0) return void',
        'return void',
      ),
      off('what was signed is what is there', 'src/bridge/review/sign.ts', 'wish.digest !== shown.digest'),
      gone(
        'whose it is comes before what it says',
        'src/bridge/review/sign.ts',
        'await refuse(actor, context)',
      ),
      gone('nobody signs off themself', 'src/bridge/review/make-subject.ts', 'refuseOwnPerson(actor, seen)'),
      gone(
        'nobody signs off what they are among',
        'src/bridge/review/make-subject.ts',
        'await refuseOwnAmong(parts, actor, has)',
      ),
      gone('agents sign off nothing', 'src/bridge/review/own.ts', 'context.agent === undefined && '),
      off('a double click is one', 'src/bridge/review/sign.ts', 'latest && isSame(latest, signOff)'),
      gone(
        'a form of elsewhere signs off nothing',
        'src/web/routes/pages/review.ts',
        'checkCsrf(request, web.origin)',
      ),
      off('days are within bounds', 'src/bridge/review/question.ts', '!Number.isInteger(days) || days < 1'),
      gone(
        'what was not seen in the days is not looked at',
        'src/bridge/review/walk.ts',
        'seen.lastSeen >= since && ',
      ),
    ],
  },
  {
    tests: ['test/flows/review-attacks.test.ts'],
    removals: [
      gone(
        'what a condition asks is part of what was signed',
        'src/bridge/review/subjects.ts',
        'terms: [asked, maxDuration, rules.get(rule)?.terms]',
        'terms: [asked, maxDuration]',
      ),
      gone('whoever is locked allows nothing', 'src/bridge/review/tallies.ts', 'if (!shutOut) this', 'this'),
    ],
  },
  {
    tests: ['test/web/review-formats.test.ts'],
    removals: [
      gone('cells of a review are no formulas', 'src/web/review/formats.ts', 'cells.map(csvCell)', 'cells'),
      gone('names are no Markdown', 'src/web/review/formats.ts', 'cells.map(md)', 'cells'),
    ],
  },
]
