import { type Group, gone, off } from './removal.ts'

/** Who reads which records, and what is written down of it. */
export const audit: readonly Group[] = [
  {
    tests: ['test/bridge/history.test.ts'],
    removals: [
      gone('one’s own by name', 'src/bridge/history/own.ts', 'record.user === identity.user &&', ''),
      gone('one’s own by issuer', 'src/bridge/history/own.ts', ' || record.issuer !== issuer', ''),
      gone(
        'a bound program’s own by session',
        'src/bridge/history/own.ts',
        "(only === undefined || ('sessionId' in record && record.sessionId === sessionRef(id)))",
        'true',
      ),
      gone(
        'an export holds what leaves against who asks',
        'src/bridge/history/take.ts',
        'const shown = show(value)',
        'const shown = value',
      ),
      gone('an export is written down first', 'src/bridge/history/take.ts', '    await begun()\n', ''),
      off('exports of one person are few', 'src/bridge/history/takers.ts', 'count >= most'),
      off('the file has an order of time only', 'src/bridge/history/by-file.ts', 'newer !== undefined'),
      gone('what is kept of reads is bounded', 'src/bridge/history/reads.ts', 'told.delete(oldest)', 'break'),
    ],
  },
  {
    tests: ['test/flows/audit-about.test.ts'],
    removals: [
      gone(
        'of what others did, not where from',
        'src/bridge/history/own.ts',
        '.filter(([name]) => told.has(name))',
        '',
      ),
      gone(
        'nothing is found by what is not shown',
        'src/bridge/history/scope.ts',
        'if (!Object.keys(own).every((name) => open.has(name))) return own',
        '',
      ),
    ],
  },
  {
    tests: ['test/flows/audit.test.ts'],
    removals: [
      off(
        'auditors alone ask for what others did',
        'src/bridge/history/scope.ts',
        'filter.user !== undefined && filter.user !== identity.user',
      ),
      gone('an office is wanted', 'src/bridge/history/scope.ts', '!mine && seesAll(parts, session)', '!mine'),
      gone(
        'the counts are of one’s own',
        'src/bridge/history/scope.ts',
        '{ ...filter, person: { user, provider, protocol, issuer } }',
        'filter',
      ),
      gone(
        'a record is opened by whom it concerns',
        'src/bridge/history/create-desk.ts',
        'found && scope?.show(found)',
        'found',
      ),
      gone(
        'its neighbours too',
        'src/bridge/history/create-desk.ts',
        '(await from.around(found)).flatMap((one) => scope.show(one) ?? [])',
        'await from.around(found)',
      ),
      gone(
        'a reader is written down',
        'src/bridge/history/create-desk.ts',
        "await parts.events.emit({\n        type: 'audit_read',",
        "void ({\n        type: 'audit_read',",
      ),
      off(
        'one’s own records are nobody’s business',
        'src/bridge/history/create-desk.ts',
        '!others || !parts.reads.first(read)',
      ),
      gone(
        'a question is counted',
        'src/bridge/history/create-desk.ts',
        '    await parts.questions(session)\n',
        '',
      ),
      gone('a time is one', 'src/web/audit/question.ts', 'if (Number.isSafeInteger(milliseconds)) ', ''),
      gone('a limit is one', 'src/web/audit/question.ts', ' && Number(text) <= most', ''),
    ],
  },
  {
    tests: ['test/web/audit/csv.test.ts'],
    removals: [
      gone('no cell is a formula', 'src/web/csv.ts', "formula.test(text) ? `'${text}` : text", 'text'),
    ],
  },
  {
    tests: ['test/web/pictures/pictures.test.ts'],
    removals: [
      gone(
        'texts in pictures are texts',
        'src/web/pictures/svg.ts',
        "text.replace(/[&<>\"']/g, (letter) => entities[letter] ?? '')",
        'text',
      ),
    ],
  },
]
