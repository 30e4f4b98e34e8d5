import { type Group, gone, off } from './removal.ts'

const round = 'src/app/machine/round.ts'
const crew = 'src/main/workers/crew.ts'

/** Several processes that are one bridge. */
export const workers: readonly Group[] = [
  {
    tests: ['test/main/round.test.ts'],
    removals: [
      off('all take what was read', round, 'theirs !== fingerprint) throw'),
      gone(
        'none takes what one is not ready for',
        round,
        'ready.size === workers.length',
        'ready.size === 1 && workers.length > 0',
      ),
      gone('it is written down before anybody takes it', round, 'await write()', 'await Promise.resolve()'),
      off('who failed to take what the others took', round, 'taken) worker.drop('),
      off('nobody takes what no worker looked at', round, 'workers.length === 0) return'),
    ],
  },
  {
    tests: ['test/main/crew.test.ts'],
    removals: [
      gone(
        'the new one serves before the old one goes',
        crew,
        'await next.serves',
        'next.serves.catch(() => {})',
      ),
      gone('people are served as long as one worker serves', crew, ' && serving().length === 0'),
      gone(
        'it waits longer each time',
        crew,
        'slot.soon === 1 ? 0 : Math.min(longestPause, firstPause * 2 ** (slot.soon - 2))',
        '0',
      ),
      off('who serves what was agreed on goes on', crew, 'member.files === files) continue'),
      off('nobody is started at the end', crew, "isEnding) throw new Error('the bridge is ending')"),
    ],
  },
  {
    tests: ['test/main/line.test.ts'],
    removals: [
      off(
        'a worker may say anything',
        'src/main/workers/line.ts',
        "typeof message !== 'object' || message === null",
      ),
      gone(
        'a worker asks for what is offered',
        'src/main/workers/line.ts',
        'Object.hasOwn(answers, name) ? answers[name] : undefined',
        'answers[name]',
      ),
    ],
  },
  {
    tests: ['test/config/files-read.test.ts'],
    removals: [
      gone(
        'a worker reads nothing that the primary did not',
        'src/config/files-read.ts',
        'if (given !== undefined) return told(',
        'if (given?.has(name)) return told(',
      ),
      gone('what was read is not read from for ever', 'src/config/files-read.ts', '    given = undefined\n'),
    ],
  },
]
