import { type Group, gone, off } from './removal.ts'

/** What the history takes in, how far it is, what can be asked of it and how long it remembers. */
export const history: readonly Group[] = [
  {
    tests: ['test/history/sqlite.test.ts'],
    removals: [
      off('a cursor is of its question', 'src/history/ask/cursor.ts', 'letter !== letters[kind]'),
      gone(
        'a cursor was sealed here',
        'src/history/ask/cursor.ts',
        "return Buffer.concat([plain, decipher.final()]).toString('latin1')",
        "return plain.toString('latin1')",
      ),
      gone(
        'a cursor has its own nonce',
        'src/history/ask/cursor.ts',
        'const nonce = nonceOf(key, plain)',
        "const nonce = Buffer.from(plain.padEnd(12, '.').slice(0, 12))",
      ),
      off('filters are known', 'src/history/ask/filter.ts', '!Object.hasOwn(checks, name)'),
      off('filters have values', 'src/history/ask/filter.ts', '!checks[name as keyof HistoryFilter](value)'),
      off('pages are bounded', 'src/history/ask/filter.ts', '!Number.isInteger(limit)'),
      gone(
        'everything that is named must hold',
        'src/history/ask/conditions.ts',
        'rest: [...more, ...elsewhere',
        'rest: [...elsewhere',
      ),
      gone(
        'a person is of an issuer',
        'src/history/ask/conditions.ts',
        "add(sql`${field('issuer')} = ${person.issuer} and ${by}`)",
        'add(by)',
      ),
      gone(
        'a person is of a protocol',
        'src/history/ask/conditions.ts',
        "add(sql`${field('issuer')} = ${person.issuer} and ${by}`)",
        "add(sql`${field('issuer')} = ${person.issuer}`)",
      ),
      off('about that very person', 'src/history/ask/conditions.ts', 'about?.ref !== undefined'),
      gone('a text has no wildcards', 'src/history/ask/conditions.ts', ".replace(/[\\\\%_]/g, '\\\\$&')", ''),
    ],
  },
  {
    tests: ['test/history/follower.test.ts'],
    removals: [
      gone(
        'a use is counted once',
        'src/history/follow/insert.ts',
        'unique.filter(({ id }) => ids.has(id))',
        'unique',
      ),
      gone(
        'the place is written with the rows',
        'src/history/follow/commit.ts',
        '    await writePosition(trx, node, position)\n    await addGaps',
        '    await addGaps',
      ),
      off('what is missing is named', 'src/history/follow/batch.ts', 'end.seq > 0 && link.seq > end.seq + 1'),
      gone('what is missing is kept', 'src/history/follow/commit.ts', '    await addGaps(trx, batch.gaps)\n'),
      gone(
        'a gap that was filled is closed',
        'src/history/rebuild.ts',
        'await closeGaps(trx, { node, ...run })',
        'void run',
      ),
      gone(
        'a file is known by its line',
        'src/history/follow/files.ts',
        'if (end) return end.hash === known.hash',
        'if (end) return true',
      ),
      gone(
        'counts leave with their records',
        'src/history/retention.ts',
        '    await takeCounts(trx, old)\n',
        '    void takeCounts\n',
      ),
      gone(
        'only what is old is forgotten',
        'src/history/retention.ts',
        ".selectAll().where('at', '<', before)",
        '.selectAll()',
      ),
      gone('what is forgotten is overwritten', 'src/history/database/sqlite.ts', "  'secure_delete=on',\n"),
      gone(
        'the database is its owner’s',
        'src/history/database/sqlite.ts',
        'constants.O_RDWR | constants.O_CREAT, 0o600',
        'constants.O_RDWR | constants.O_CREAT, 0o644',
      ),
    ],
  },
  {
    tests: ['test/history/sink.test.ts'],
    removals: [
      gone(
        'a chain leaves from its beginning',
        'src/history/retention.ts',
        'first.slice(0, end)',
        'first.filter(({ at }) => at < before)',
      ),
      gone('the end of a chain stays', 'src/history/retention.ts', "      .where('seq', '<', seq)\n"),
      gone(
        'one clock alone forgets nothing',
        'src/history/retention.ts',
        'return Math.min(clock(), rows[0]?.now ?? 0)',
        'return clock() + 0 * (rows[0]?.now ?? 0)',
      ),
      gone(
        'a chain is looked at up to its end',
        'src/history/chains.ts',
        'head: { seq, hash },',
        "head: { seq: 0, hash: '' },",
      ),
      gone(
        'there is no start without the trail',
        'src/history/create-history.ts',
        'settings.required !== true && ',
        '',
      ),
    ],
  },
  {
    tests: ['test/history/postgres.test.ts'],
    removals: [off('one follows for each name', 'src/history/follow/commit.ts', 'now.seq !== before.seq')],
  },
  {
    tests: ['test/history/upgrade.test.ts'],
    removals: [
      off(
        'a newer history is left alone',
        'src/history/database/migrations.ts',
        'version > migrations.length',
      ),
    ],
  },
]
