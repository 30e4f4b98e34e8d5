import type { Group } from './removal.ts'
import { formRemovals } from './saml-form.ts'
import { meaningRemovals } from './saml-meaning.ts'

/** Who is it: every check of the verifier, the tests in which it stands alone. */
export const saml: readonly Group[] = [
  {
    tests: [
      'test/saml/vectors.test.ts',
      'test/saml/checks.test.ts',
      'test/saml/ill-formed.test.ts',
      'test/saml/acceptance.test.ts',
      'test/saml/metadata-source.test.ts',
      'test/saml/encrypted.test.ts',
      'test/saml/oaep.test.ts',
      'test/saml/identity.test.ts',
      'test/saml/clocks.test.ts',
      'test/saml/replay.test.ts',
      'test/saml/logout.test.ts',
    ],
    removals: [...formRemovals, ...meaningRemovals],
  },
]
