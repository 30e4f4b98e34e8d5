import { type Group, gone, off } from './removal.ts'

const journal = 'src/delivery/journal.ts'
const segments = 'src/delivery/segments.ts'
const queue = 'src/delivery/queue.ts'
const post = 'src/delivery/post.ts'
const signature = 'src/delivery/signature.ts'
const options = 'src/delivery/options.ts'
const message = 'src/delivery/channels/message.ts'
const emit = 'src/events/emit.ts'

/** What is pushed to others: nothing is lost, nothing is given away, and nobody else decides who may work. */
export const delivery: readonly Group[] = [
  {
    tests: ['test/delivery/queue.test.ts', 'test/delivery/journal.test.ts', 'test/delivery/webhook.test.ts'],
    removals: [
      off('a full queue takes nothing new', journal, 'this.#full)'),
      gone('what is on the disk counts', journal, 'await this.#handle?.datasync()'),
      off('a torn line is put aside', segments, 'torn > 0'),
      off('one process has a folder', 'src/delivery/claim.ts', 'await someAlive(folder, before)'),
      gone('it is tried again', queue, 'return this.#putOff(verdict.reason, verdict.after)', 'return false'),
      gone('Retry-After counts', queue, 'Math.max(after, ', 'Math.max(0, '),
      off('the one that is refused is found', queue, 'batch.length > 1'),
      off('it is tried five times', queue, 'this.#tries < mostTries'),
      gone(
        'what is set aside is kept',
        queue,
        'await journal.setAside(item, reason, new Date(clock()).toISOString())',
      ),
      gone('news of refusals are told once', queue, 'if (this.#dead === 1)'),
      gone('no redirect is followed', post, "redirect: 'manual'", "redirect: 'follow'"),
      gone(
        'nobody reads the address in what a receiver says',
        post,
        'withoutSecrets(text, url, headers.authorization)',
        'text',
      ),
      gone('answers come in time', post, 'within(patience,', 'within(60_000,'),
      gone('keys that are wrong refuse no event', post, ' && !aboutReceiver.has(status)'),
      gone('the id is signed', signature, '`${id}.${timestamp}.${body}`', '`${timestamp}.${body}`'),
      gone('each secret signs', signature, "signatures.join(' ')", "signatures.slice(0, 1).join(' ')"),
      off(
        'plain http stays on this machine',
        options,
        "url.protocol === 'http:' && !isOwnMachine(url.hostname)",
      ),
      gone(
        'somebody can tell who sends',
        options,
        'secret !== undefined || authorization !== undefined',
        'true',
      ),
      gone('what _bulk says of each counts', 'src/delivery/bodies.ts', 'judge: judgeBulk,'),
    ],
  },
  {
    tests: ['test/delivery/channels.test.ts'],
    removals: [
      gone('nobody writes Slack’s own signs', 'src/delivery/channels/slack.ts', ".replaceAll('<', '&lt;')"),
      gone('what people wrote is short', message, "cleanText(text.replaceAll(/\\s+/g, ' '), 300)", 'text'),
      gone('an id is one step of a path', message, 'encodeURIComponent(event.request)', 'event.request'),
      gone('a break-glass is loud', message, 'event.breakGlass && opens', 'false'),
      gone(
        'a channel is told of what it asked for',
        'src/delivery/notify-sender.ts',
        'on.includes(occasion)',
        'true',
      ),
      gone(
        'a digest goes to its own channel',
        'src/delivery/notify-sender.ts',
        'event.destination === name',
        'true',
      ),
      off(
        'programs know who sends',
        'src/delivery/notify-options.ts',
        "kind === 'webhook' && secret === undefined",
      ),
    ],
  },
  {
    tests: ['test/events/copy.test.ts'],
    removals: [
      gone('a copy refuses nobody', emit, '.filter(({ copy }) => !copy)'),
      gone(
        'the log repeats what a copy lacks',
        emit,
        'tell(subscribers, event, everywhere)',
        'tell(subscribers, event, true)',
      ),
    ],
  },
  {
    tests: ['test/config/delivery.test.ts'],
    removals: [gone('queues have a place', 'src/config/cross-checks.ts', '  queuesHaveAPlace,\n]', ']')],
  },
]
