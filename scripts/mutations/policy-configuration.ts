import { type Group, gone, off } from './removal.ts'

/** What a configuration may say: patterns, wildcards, rules and grants. */
export const configuration: readonly Group[] = [
  {
    tests: ['test/policy/pattern.test.ts'],
    removals: [
      off('a pattern says something', 'src/policy/compile/pattern.ts', "source === ''"),
      off('a pattern is not long', 'src/policy/compile/pattern.ts', 'source.length > maxSource'),
      off('a pattern is not large', 'src/policy/compile/pattern.ts', 'compiled.programSize() > maxProgram'),
      gone(
        'plain text matches as a whole',
        'src/policy/compile/pattern.ts',
        'value === exact && ',
        'value.includes(exact) && ',
      ),
      gone(
        'look-around is not taken for literals',
        'src/policy/compile/pattern-shape.ts',
        'unusualSyntax.test(body) ? undefined : readTokens(body)',
        'readTokens(body)',
      ),
      gone(
        'an alternation has no certain text',
        'src/policy/compile/pattern-shape.ts',
        "if ('|)*+?{'.includes(character)) return undefined",
        '',
      ),
      gone(
        'a repeated letter is not certain',
        'src/policy/compile/pattern-shape.ts',
        "repeated === '' ? token :",
        'true ? token :',
      ),
      gone(
        'case is folded as RE2 does',
        'src/policy/compile/pattern-shape.ts',
        "text.toLowerCase().replaceAll('\\u017f', 's')",
        'text.toLowerCase()',
      ),
      gone('? is one letter', 'src/policy/compile/wildcard.ts', "wanted === '?' || (wanted", '(wanted'),
      gone(
        'a wildcard matches the whole text',
        'src/policy/compile/wildcard.ts',
        'return p === pattern.length',
        'return true',
      ),
      gone(
        'a wildcard comes back to its star',
        'src/policy/compile/wildcard.ts',
        'starAt >= 0',
        'starAt < -1',
      ),
    ],
  },
  {
    tests: ['test/policy/options.test.ts', 'test/policy/safe.test.ts'],
    removals: [
      gone(
        'an id is of one rule',
        'src/policy/rules/check-policy.ts',
        'if (before === undefined) seen.set(rule.id, index)',
        'if (true) seen.set(rule.id, index)',
      ),
      off('provider of a policy is a template', 'src/policy/rules/check-policy.ts', "'fault' in result"),
      gone(
        'a denial can match a role',
        'src/policy/rules/check-policy.ts',
        'couldNameRole(pattern, aws.partition)\n',
        'true\n',
      ),
      off(
        'a role is of the configured partition',
        'src/policy/rules/check-policy.ts',
        'partition !== undefined && partition !== aws.partition',
      ),
      off(
        'a managed policy is of the configured partition',
        'src/policy/rules/check-policy.ts',
        'ofPartition !== partition',
      ),
      gone(
        'a managed policy is of the account of the role',
        'src/policy/rules/check-policy.ts',
        'account !== undefined && owner !== undefined && owner !== account',
        'false',
      ),
      off('a pin is of an address that AWS sees', 'src/policy/rules/check-policy.ts', 'pin !== undefined'),
      gone(
        'passthrough sets nothing',
        'src/policy/rules/check-policy.ts',
        '? [...faults, ...checkPassthrough(rule)]',
        '? faults',
      ),
      off('a match says something', 'src/policy/rules/check-rule.ts', 'Object.keys(match).length === 0'),
      gone(
        'a pattern of a match is one',
        'src/policy/rules/check-rule.ts',
        'issues.push({ path, message: result.fault })\n        continue',
        'continue',
      ),
      off('a group takes no given name', 'src/policy/rules/check-rule.ts', 'givenVariables.includes(group)'),
      off('a group is of one attribute', 'src/policy/rules/check-rule.ts', 'owner !== attribute'),
      off('a template of a role is one', 'src/policy/rules/check-rule.ts', "'fault' in role"),
      off(
        'a rule names no role that AWS keeps to itself',
        'src/policy/rules/check-rule.ts',
        'isReservedRole(pathAndName)',
      ),
      off('a fixed role is one', 'src/policy/rules/check-rule.ts', 'grant.opens === undefined && isFixed'),
      gone(
        'a session name is one',
        'src/policy/rules/check-rule.ts',
        "check(['sessionName'], grant.sessionName, sessionName, say(sessionName.longest))",
        ';',
      ),
      gone(
        'a source identity is one',
        'src/policy/rules/check-rule.ts',
        "check(['sourceIdentity'], grant.sourceIdentity, places.sourceIdentity, say(64))",
        ';',
      ),
      gone(
        'a tag is one',
        'src/policy/rules/check-rule.ts',
        "check(['tags', key], value, places.tag, tag)",
        ';',
      ),
      off('a duration is one', 'src/policy/rules/grant-options.ts', 'seconds === undefined)\n      addIssue'),
      gone(
        'a duration is within AWS’s bounds',
        'src/policy/rules/grant-options.ts',
        'seconds >= least && seconds <= most',
        'true',
      ),
      off('a duration is within the rule’s', 'src/policy/rules/grant-options.ts', 'duration > limit'),
      off('number of tags', 'src/policy/rules/grant-options.ts', 'keys.length > maxTags'),
      gone(
        'a key of a tag is one',
        'src/policy/rules/grant-options.ts',
        'if (isTagKey(key)) continue',
        'continue',
      ),
      off('tags differ in more than case', 'src/policy/rules/grant-options.ts', 'folded.size < keys.length'),
      gone(
        'a session policy is by IAM’s grammar',
        'src/policy/rules/grant-options.ts',
        'sessionPolicyFaults(document)',
        '[]',
      ),
      gone(
        'a session policy is not long',
        'src/policy/rules/grant-options.ts',
        'if (text.length <= maxPolicy) return text',
        'return text',
      ),
      gone(
        'a transitive tag is a tag',
        'src/policy/rules/grant-options.ts',
        'if (Object.hasOwn(grant.tags, tag)) continue',
        'continue',
      ),
      gone(
        'a managed policy is one',
        'src/policy/rules/grant-options.ts',
        ".refine(isPolicyArn, 'is no ARN of an IAM policy, such as arn:aws:iam::aws:policy/ReadOnlyAccess')",
      ),
      gone(
        'number of managed policies',
        'src/policy/rules/grant-options.ts',
        '.max(maxPolicyArns, `may name ${maxPolicyArns} policies`)',
      ),
      off(
        'a grant or a request has no place in a denial',
        'src/policy/rules/options.ts',
        "value)\n              addIssue(context, {\n                path: [key],\n                message: 'has no place",
      ),
      off(
        'roles have no place beside a grant',
        'src/policy/rules/options.ts',
        'value !== undefined) addIssue',
      ),
      gone(
        'roles that are denied take no variables',
        'src/policy/rules/options.ts',
        ".refine(isFixed, 'takes no variables; use * for any text')",
      ),
      off('a variable is known', 'src/policy/compile/template.ts', "typeof variable === 'string'"),
      gone(
        'an ARN takes no cleaned value',
        'src/policy/compile/template.ts',
        "becomes === 'arn' ?",
        'false ?',
      ),
      gone(
        'a filter is known',
        'src/policy/compile/template.ts',
        "filters.length > 1 || filters[0] !== 'safe'",
        'false',
      ),
      off('a brace is closed', 'src/policy/compile/template.ts', 'close < 0'),
    ],
  },
  {
    tests: ['test/config/broker-keys.test.ts'],
    removals: [
      gone(
        'people signed for have keys',
        'src/policy/rules/check-policy.ts',
        "if (lack !== undefined) faults.push({ path: ['grant', 'account'], message: lack })",
      ),
    ],
  },
  {
    tests: ['test/policy/look-at-rules.test.ts'],
    removals: [
      off(
        'a repetition has the same condition',
        'src/policy/rules/overlaps.ts',
        '!same(rule.condition, before.condition) && !isUnasked(before, rule)',
      ),
      gone(
        'whoever is denied is among those who are allowed',
        'src/policy/rules/overlaps.ts',
        'return own?.every((pattern) => patterns.includes(pattern)) === true',
        'return true',
      ),
      gone(
        'only a denial without a condition shuts',
        'src/policy/rules/overlaps.ts',
        "rule.effect === 'deny' && Object.keys(rule.condition).length === 0",
        "rule.effect === 'deny'",
      ),
      off(
        'what asks where it is matches not everything',
        'src/policy/rules/look-at-match.ts',
        '/[\\^$\\\\]/.test(plain)',
      ),
      off(
        'a condition that can never hold is said',
        'src/policy/rules/look-at-condition.ts',
        '!verdicts.has(true)',
      ),
    ],
  },
]
