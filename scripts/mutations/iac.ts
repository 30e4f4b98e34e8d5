import { type Group, gone, off } from './removal.ts'

const trust = 'src/iac/trust.ts'
const wide = 'src/iac/drift/too-wide.ts'
const statements = 'src/iac/drift/statements.ts'

/** That trust policies are as narrow as the rules, and that a role which lets in more is noticed. */
export const iac: readonly Group[] = [
  {
    tests: ['test/iac/plan.test.ts'],
    removals: [
      gone(
        'an assertion opens a role for its own recipient alone',
        trust,
        "{ StringEquals: { 'SAML:aud': door.audience } }",
        '{}',
      ),
      gone('a chain has to bring its external id', trust, "'sts:ExternalId': door.externalId,"),
      gone('a token is for the audience of its provider', trust, '[`${host}:aud`]: [...audiences].sort()'),
      gone(
        'a token opens a role for the subjects of the rule',
        trust,
        'subjects ?? { subjectsFor: rule }',
        "'*'",
      ),
    ],
  },
  {
    tests: ['test/iac/trusted.test.ts'],
    removals: [
      gone('no tag comes but those of the rules', trust, "'aws:TagKeys': tags.map(({ key }) => key)"),
      gone('a tag says what the rule says', trust, '{ [name]: values }', '{}'),
      gone('a tag comes that the rule always sends', trust, "{ StringLike: { [name]: '*' } }", '{}'),
      gone('no other tag is handed on', trust, "'sts:TransitiveTagKeys': transitive"),
      gone(
        'somebody is named',
        trust,
        "{ [isFirst ? 'sts:SourceIdentity' : 'aws:SourceIdentity']: '*' }",
        '{}',
      ),
      gone(
        'tags are allowed where the rules send some',
        trust,
        "tags.length > 0 ? ['sts:TagSession'] : []",
        "['sts:TagSession']",
      ),
    ],
  },
  {
    tests: ['test/iac/drift.test.ts'],
    removals: [
      off(
        'an issuer that is missing is noticed',
        'src/iac/drift/issuers.ts',
        'there !== undefined && !hasArn(there, about)',
      ),
      gone(
        'a client id that is missing is noticed',
        'src/iac/drift/issuers.ts',
        '!clientIds.includes(audience)',
        'false',
      ),
      off('everybody is noticed', wide, "kind === '*'"),
      off('so is everybody but a few', wide, 'statement.except.length > 0'),
      off('and somebody else', wide, 'door === undefined'),
      off('any recipient is noticed', wide, "any) return [wide('asks for no SAML:aud"),
      gone('what is no comparison of texts bounds nothing', wide, 'test !== undefined && ', ''),
      gone('an external id that may be missing is none', wide, '!opensWithout && ', ''),
      gone(
        'a condition’s key is found however it is written',
        wide,
        'one.toLowerCase() === key.toLowerCase()',
        'one === key',
      ),
      gone('NotAction takes what it does not name', statements, ' === isNamed', ''),
      gone(
        'a role that says what nobody understands is looked at',
        'src/iac/drift/drift.ts',
        '!whole ||',
        '',
      ),
      gone(
        'a role that no rule leads to is judged as well',
        'src/iac/drift/unreached.ts',
        'tooWideBeside({ arn, doors }, statementsOf(trust).statements)',
        '[]',
      ),
      gone(
        'and for the tokens of no rule',
        'src/iac/drift/unreached.ts',
        '({ ...door, subjects: undefined })',
        'door',
      ),
      gone(
        'operators are understood however they are written',
        'src/iac/drift/holds.ts',
        'exec(written.toLowerCase())',
        'exec(written)',
      ),
    ],
  },
]
