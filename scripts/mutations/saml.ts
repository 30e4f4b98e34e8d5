import type { Group } from './removal.ts'
import { formRemovals } from './saml-form.ts'
import { meaningRemovals } from './saml-meaning.ts'

/** Who is it: every check of the verifier, the tests in which it stands alone. */
export const saml: readonly Group[] = [
  {
    tests: [
      'test/saml/vectors.test.ts',
      'test/saml/judge/checks.test.ts',
      'test/saml/judge/ill-formed.test.ts',
      'test/saml/judge/acceptance.test.ts',
      'test/saml/metadata/metadata-source.test.ts',
      'test/saml/judge/encrypted.test.ts',
      'test/saml/judge/oaep.test.ts',
      'test/saml/judge/identity.test.ts',
      'test/saml/judge/clocks.test.ts',
      'test/saml/judge/replay.test.ts',
      'test/saml/logout/logout.test.ts',
    ],
    removals: [...formRemovals, ...meaningRemovals],
  },
]
