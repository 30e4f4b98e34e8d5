import { type Group, gone, off } from './removal.ts'

/** Rules that choose accounts, by name and by tags. */
export const accounts: readonly Group[] = [
  {
    tests: ['test/policy/accounts.test.ts'],
    removals: [
      gone('`not` takes away', 'src/policy/rules/select-accounts.ts', ' && !left?.ids.has(id)', ''),
      gone(
        'all tags of a selection are wanted',
        'src/policy/rules/select-accounts.ts',
        'if (ids.has(id)) found.add(id)',
        'found.add(id)',
      ),
      gone(
        'a tag that no account has is a fault',
        'src/policy/rules/select-accounts.ts',
        'faults.push({ path: [key], message: sayUnknownTag(key, directory.byTag), aboutKey: true })',
      ),
      off(
        'a value that no account has is a fault',
        'src/policy/rules/select-accounts.ts',
        'own === undefined',
      ),
      gone(
        'what `not` names must be there too',
        'src/policy/rules/select-accounts.ts',
        '...(left?.faults ?? [])',
        '...([] as typeof chosen.faults)',
      ),
      off(
        'a selection chooses something',
        'src/policy/rules/select-accounts.ts',
        'faults.length === 0 && ids.length === 0',
      ),
      off(
        'a name is of one account',
        'src/policy/rules/select-accounts.ts',
        'only !== undefined) faults.push({ path, message: sayNamesakes',
      ),
      gone(
        'an id is no name',
        'src/policy/rules/select-accounts.ts',
        'isAccountId(name) ? [] : (byName.get(name) ?? [])',
        '(byName.get(name) ?? [])',
      ),
      off(
        'a denial is in the accounts it chooses',
        'src/policy/evaluate/denials.ts',
        '!accounts.has(role.account)',
      ),
      gone(
        'a denial by account is of the roles it names',
        'src/policy/evaluate/denials.ts',
        'matchesWildcard(pattern, `${role.path}${role.name}`) ||',
        'pattern ||',
      ),
      gone(
        'a denial by a name alone holds on every path',
        'src/policy/evaluate/denials.ts',
        "(!pattern.includes('/') && matchesWildcard(pattern, role.name))",
        'false',
      ),
      gone(
        'a denial of all but some holds for unknown accounts',
        'src/policy/compile/compile.ts',
        'if (!isOpen) {',
        'if (true) {',
      ),
      gone(
        'a denial’s condition on accounts holds',
        'src/policy/evaluate/denials.ts',
        'denies(rule, aim) && holdsIn(aim.role.account)',
        'denies(rule, aim)',
      ),
      gone(
        'a condition on accounts opens those where it holds',
        'src/policy/evaluate/decision.ts',
        'openIn(aim.role.account) && judgeRole',
        'judgeRole',
      ),
      gone(
        'a name that comes from a person has no structure of an ARN',
        'src/policy/evaluate/aims.ts',
        'renderTemplate(template, { identity, captures }, isPlainRoleText)',
        'renderTemplate(template, { identity, captures })',
      ),
      off(
        'a name that comes from a person is none that AWS keeps',
        'src/policy/evaluate/aims.ts',
        'isReservedRole(name)',
      ),
      gone('roles in accounts are bounded', 'src/policy/evaluate/decision.ts', 'aims.slice(0, left)', 'aims'),
      off(
        'a rule leads to so many roles',
        'src/policy/rules/check-policy.ts',
        'ids.length * roles.length > maxCandidates',
      ),
      off('names of roles take no wildcard', 'src/policy/rules/check-rule.ts', '/[*?]/.test(name)'),
      off('beside accounts stand names', 'src/policy/rules/options.ts', 'beside && isArn'),
      off('a denial that can match no role', 'src/policy/rules/options.ts', 'beside && !/^'),
      gone(
        'a condition looks at a tag that some account has',
        'src/policy/rules/check-policy.ts',
        'tag === undefined || byTag.has(tag)',
        'true',
      ),
      off('no tag is called not', 'src/policy/rules/account-options.ts', "key === 'not'"),
    ],
  },
  {
    tests: ['test/cli/accounts.test.ts'],
    removals: [
      gone('a tag does not forge the place', 'src/cli/accounts/found-accounts.ts', " && key !== 'ou'", ''),
      gone(
        'a unit is not called like a path',
        'src/cli/accounts/found-accounts.ts',
        " || name.includes('/')",
        '',
      ),
      gone(
        'what others named can be seen',
        'src/cli/accounts/found-accounts.ts',
        "text.replace(/[\\p{C}\\p{Zl}\\p{Zp}]/gu, '').trim()",
        'text.trim()',
      ),
      off('tags are whole', 'src/cli/accounts/organization.ts', 'answer.NextToken'),
      gone('closed accounts go', 'src/cli/commands/accounts.ts', 'gone: !open', 'gone: false'),
      gone(
        'a name is of one account',
        'src/cli/commands/accounts.ts',
        'own === undefined && taken.has(name)',
        'false',
      ),
    ],
  },
  {
    tests: ['test/config/several-files.test.ts'],
    removals: [
      gone(
        'what others wrote takes nothing from the environment',
        'src/config/gather/gather.ts',
        'readDocument(text, noSources, () => true)',
        'readDocument(text, noSources)',
      ),
      gone(
        'what is written by hand wins',
        'src/config/gather/gather.ts',
        '{ ...below, ...above, ...tags }',
        '{ ...above, ...below, ...tags }',
      ),
      off('a file counts once', 'src/config/gather/included.ts', 'before) fault'),
      gone(
        'a pattern matches something',
        'src/config/gather/included.ts',
        "names.length > 0 ? names : 'matches no file'",
        'names',
      ),
      gone('hidden files are not meant', 'src/config/gather/included.ts', "!name.startsWith('.') && ", ''),
      gone('files are bounded', 'src/config/gather/included.ts', 'found.size <= maxFiles', 'true'),
      gone(
        'a file of rules is a list',
        'src/config/gather/gather.ts',
        '(isAccounts ? isBlock(value) : Array.isArray(value))',
        'true',
      ),
    ],
  },
]
