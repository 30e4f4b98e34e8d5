import { type Group, gone } from './removal.ts'

/** What pages of other sites, bound programs and other providers' metadata may not bring about. */
export const strangers: readonly Group[] = [
  {
    tests: ['test/web/rate-limit.test.ts'],
    removals: [
      gone(
        'pages of other sites start no sign-ins',
        'src/web/routes/pages/login.ts',
        'tabOnly,\n      rateLimit',
        'rateLimit',
      ),
      gone('pages of other sites bring no answers', 'src/web/routes/pages/saml.ts', '      tabOnly,\n', ''),
      gone(
        'pages of other sites ask for no approvals',
        'src/web/routes/pages/oauth-authorize.ts',
        'tabOnly,\n        rateLimit',
        'rateLimit',
      ),
    ],
  },
  {
    tests: ['test/flows/bounds.test.ts'],
    removals: [
      gone(
        'a program that is bound to a role is no auditor',
        'src/bridge/decide/offices.ts',
        'if (only !== undefined) return []',
        '',
      ),
      gone(
        'a bound program sees its own session only',
        'src/bridge/sessions/sessions.ts',
        '.filter(({ id }) => session.only === undefined || id === session.id)',
        '',
      ),
    ],
  },
  {
    tests: ['test/flows/usurped-name.test.ts'],
    removals: [
      gone(
        'an entity ID of two providers is believed of none',
        'src/saml/sign-in/providers.ts',
        'all.filter((one) => !isUsurped(one, all, configured))',
        'all',
      ),
      gone(
        'the configuration says whose an entity ID is',
        'src/saml/sign-in/providers.ts',
        '(isNamed(other) || !isNamed(one))',
        'true',
      ),
    ],
  },
]
