import { type Group, gone, off } from './removal.ts'

const command = 'src/cli/commands/mfa.ts'
const code = 'src/cli/mfa/code.ts'
const kept = 'src/cli/mfa/kept-sessions.ts'
const keys = 'src/cli/mfa/user-keys.ts'
const session = 'src/cli/mfa/session.ts'
const sts = 'src/sts/get-session-token.ts'

/** Sessions of IAM users with a second factor: whose keys, which device, which code, and what is kept. */
export const mfa: readonly Group[] = [
  {
    tests: ['test/cli/mfa.test.ts'],
    removals: [
      off('a session lasts as long as AWS allows', command, 'duration < least || duration > most'),
      gone(
        'a session that is good is taken',
        command,
        "return state === 'fresh' || (state === 'ageing' && options.codeCommand === undefined) ? kept : undefined",
        'void state\n    return undefined',
      ),
      gone('a new session when one is asked for', command, 'options.fresh ? undefined : ', ''),
      gone(
        'one of many asks',
        command,
        'await lockUnless(`${sessionFile(folder, key)}.lock`, good, 120_000)',
        '({ release() {} }) as Awaited<ReturnType<typeof lockUnless<KeptSession>>>',
      ),
      gone(
        'the others take what that one got',
        command,
        'const found = good()\n    if (found !== undefined) return found\n',
        '',
      ),
      off('a security key is no device of programs', command, '/:u2f\\//.test(serial)'),
      gone(
        'the device of the last session is remembered',
        command,
        'asked ?? readSession(folder, key, undefined)?.serial',
        'asked',
      ),
      gone('a code is six digits', code, 'if (/^\\d{6}$/.test(digits)) return', 'return'),
      off('a program that fails gives no code', code, 'status !== 0'),
      gone('a program gives one code', code, 'found.length === 1', 'found.length >= 1'),
      gone('a code is not part of a longer number', code, '(?<!\\d)\\d{6}(?!\\d)', '\\d{6}'),
      gone('what is typed is a code', code, '/^\\d{3}\\s?\\d{3}$/.test(text) ?', 'text ?'),
      gone(
        'keys of a session are told by their token',
        keys,
        'id && /^ASIA/.test(id) ? true : Boolean(session)',
        'id && /^ASIA/.test(id)',
      ),
      off('a profile that borrows keys names their profile', keys, '!id && settings.source_profile'),
      off('there are keys', keys, '!id || !secret'),
      gone(
        'keys travel by https, or within this machine',
        session,
        "url?.protocol === 'https:' || (url?.protocol === 'http:' && local)",
        'url !== undefined',
      ),
      gone(
        'plain http is for this machine',
        session,
        "(url?.protocol === 'http:' && local)",
        "url?.protocol === 'http:'",
      ),
      gone(
        'a device of another account costs no code',
        session,
        ' && (of === undefined || of === account)',
        '',
      ),
      gone('who types gets three tries', session, 'codes.again ? tries : 1', '1'),
      gone('wrong clocks are told', session, 'clock.ahead = Date.now() - then', 'void then'),
      gone(
        'who is not reached is told apart from who refuses',
        session,
        "code === 'aws_unreachable' ? exit.connectivity : exit.awsRefused",
        'exit.awsRefused',
      ),
      gone(
        'a code that AWS does not take is no failure of the call',
        sts,
        "error.detail.includes('MultiFactorAuthentication failed')",
        'false',
      ),
    ],
  },
  {
    tests: ['test/cli/mfa-bounds.test.ts'],
    removals: [
      gone('a session in its last minute is none', command, "state === 'fresh' ||", 'kept ||'),
      gone(
        'who sits there keeps an ageing session',
        command,
        " || (state === 'ageing' && options.codeCommand === undefined)",
        '',
      ),
      gone('a program renews an ageing session', command, ' && options.codeCommand === undefined', ''),
      gone(
        'as credential_process nobody is asked',
        command,
        'credentialProcess && !given ? undefined : codeSource(options, device)',
        'codeSource(options, device)',
      ),
      off('form of a device', command, '!/^[\\w+=/:,.@-]{9,256}$/.test(serial)'),
      gone('what a program prints is bounded', code, '(text + more).slice(0, 10_000)', 'text + more'),
      gone('a kept session is of these keys, at this STS', kept, 'same && sound', 'sound'),
      gone('a kept session is whole', kept, 'same && sound && wanted', 'same && wanted'),
      gone('a kept session is of the device that is asked for', kept, ' && wanted && ', ' && '),
      gone(
        'keys of a session are told by their form',
        keys,
        'id && /^ASIA/.test(id) ? true : Boolean(session)',
        'session',
      ),
      off('form of keys', keys, '!/^\\w{16,128}$/.test(id) || !/^[\\x21-\\x7e]+$/.test(secret)'),
      gone(
        'a profile that is named beats the environment',
        keys,
        'asked === undefined && !env.AWS_PROFILE',
        '!env.AWS_PROFILE',
      ),
      gone(
        'a profile of the environment beats its keys',
        keys,
        'asked === undefined && !env.AWS_PROFILE',
        'asked === undefined',
      ),
      gone(
        'the credentials file beats the configuration',
        keys,
        '{ ...configured, ...settingsOf(secrets, [name]) }',
        '{ ...settingsOf(secrets, [name]), ...configured }',
      ),
      off('endpoints can be ignored', keys, "env.AWS_IGNORE_CONFIGURED_ENDPOINT_URLS === 'true'"),
      off('only a user’s device can be guessed', session, 'partition === undefined || user === undefined'),
      gone('a code that was given is not tried again', session, 'codes.again ? tries : 1', 'tries'),
      off(
        'an answer has whole credentials',
        'src/sts/answer.ts',
        '!AccessKeyId || !SecretAccessKey || !SessionToken || Number.isNaN(expiresAt)',
      ),
      gone('AWS’s words hold no secret', sts, ".replaceAll(secretAccessKey, '…')", ''),
      gone('AWS’s words are bounded', sts, '.slice(0, 300)', ''),
      off('an STS that fails is not one that refuses', sts, 'answer.status >= 500 || answer.status === 429'),
    ],
  },
]
