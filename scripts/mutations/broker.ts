import { doubled, type Group, gone, off } from './removal.ts'

const keys = 'src/config/secrets/broker-keys.ts'
const take = 'src/sts/get-federation-token.ts'
const advice = 'src/sts/advice/broker.ts'

/** The classic broker: where its keys may be, who may be named by them, and what AWS’s refusals mean. */
export const broker: readonly Group[] = [
  {
    tests: ['test/config/broker-keys.test.ts'],
    removals: [
      gone(
        'keys of the environment are there',
        keys,
        'missing !== undefined) return { fault: `the',
        'false) return { fault: `the',
      ),
      off('a file holds one profile', keys, 'lines.filter((line) => /^\\s*\\[/.test(line)).length > 1'),
      off('a file says each key once', keys, 'found.size < all.length'),
      gone(
        'a file has both keys',
        keys,
        'if (missing !== undefined) return { fault: `${file} has',
        'if (false) return { fault: `${file} has',
      ),
      off('nobody else may read the keys', keys, '(mode & 0o077) !== 0'),
      off('the keys belong to whoever runs the bridge', keys, 'uid !== 0 && uid !== process.getuid?.()'),
      gone('a file of keys is small', keys, 'readWhole(file, longestFile)', 'readWhole(file)'),
      gone(
        'keys of a session are told by their form',
        keys,
        "/^ASIA/.test(id) || session !== ''",
        "session !== ''",
      ),
      gone(
        'keys of a session are told by their token',
        keys,
        "/^ASIA/.test(id) || session !== ''",
        '/^ASIA/.test(id)',
      ),
      off('form of an access key', keys, '!/^AKIA[A-Z0-9]{12,124}$/.test(id)'),
      gone('form of a secret', keys, '/^[\\x21-\\x7e]{16,128}$/.test(secret) ? keys', 'secret ? keys'),
      gone(
        'keys have no place in the configuration',
        'src/sts/options.ts',
        "if (kind === 'env' && /^[A-Z_][A-Z0-9_]*$/.test(name))",
        "if (kind !== 'file')",
      ),
      gone(
        'an account is twelve digits',
        'src/sts/options.ts',
        ".regex(/^\\d{12}$/, 'is no account id: twelve digits, in quotes')",
        '',
      ),
      gone(
        'a federated user has a broker',
        'src/policy/rules/check-policy.ts',
        "if (needs !== 'user-keys') return undefined",
        'if (needs) return undefined',
      ),
      off(
        'a federated user has a policy',
        'src/policy/rules/grant-options.ts',
        'way.mustNarrow !== undefined && grant.policy === undefined && grant.policyArns.length === 0',
      ),
      gone('a federated user is named shortly', take, '  longestName,\n  mustNarrow', '  mustNarrow'),
      gone(
        'a federated user has no source identity',
        take,
        "lacks: ['role', 'sourceIdentity', 'transitiveTags']",
        "lacks: ['role']",
      ),
      gone(
        'a federation token lasts 36 hours at most',
        take,
        'bounds: { ...userSessions',
        'bounds: { ...{ least: 1, most: 1e6 }',
      ),
      gone('the danger of keys is said aloud', 'src/config/describe.ts', '...brokerWarnings(config),', ''),
      gone(
        'keys that nothing needs are told',
        'src/config/describe.ts',
        'message: isUsed\n',
        'message: true\n',
      ),
    ],
  },
  {
    tests: ['test/flows/federation-token.test.ts'],
    removals: [
      off(
        'a broker is there for the account',
        'src/policy/evaluate/terms.ts',
        "needs === 'user-keys' && !policy.brokers.has(target.role.account)",
      ),
      gone(
        'keys are of the account',
        take,
        'if (owner === accountId) return credentials',
        'if (owner || accountId) return credentials',
      ),
      doubled(
        off('form of a name', take, '!/^[\\w+=,.@-]{2,32}$/.test(Name)'),
        'the policy, which makes every name fit',
      ),
      doubled(
        gone('a duration is within AWS’s', take, 'checkDuration(ask.duration, userSessions)', 'ask.duration'),
        'the rule’s maxDuration, which is no longer',
      ),
      doubled(
        off('somebody signs', take, 'keys === undefined'),
        'the policy, which offers nothing in an account without a broker',
      ),
      doubled(
        off('there is a session policy', take, 'Policy === undefined && policyArns.length === 0'),
        'the configuration, which demands one',
      ),
      gone('the session is narrowed', take, '...(Policy === undefined ? {} : { Policy }),', ''),
      gone(
        'the session is tagged',
        take,
        'Tags: Object.entries(tags).map(([Key, Value]) => ({ Key, Value }))',
        '',
      ),
      gone(
        'no scope is laid over a federated user',
        'src/sts/narrowing/scope.ts',
        " && needs !== 'user-keys'",
        ' && needs !== undefined',
      ),
      gone('keys that are gone are told', advice, 'code: /^InvalidClientTokenId$/', 'code: /^never$/'),
      gone(
        'a wrong secret is told',
        advice,
        'code: /^(SignatureDoesNotMatch|RequestExpired|IncompleteSignature)$/',
        'code: /^never$/',
      ),
      gone('permissions that are missing are told', advice, 'code: /^AccessDenied$/', 'code: /^never$/'),
      gone('tags that are not allowed are told', advice, 'Object.keys(tags).length > 0 ? ', 'false ? '),
    ],
  },
]
