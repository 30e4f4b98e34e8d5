import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { Refusal, type RefusalCode } from '../../src/core/index.ts'
import { createStsClient, type GrantAsk, grants } from '../../src/sts/index.ts'
import { askFor, assertion } from './ask.ts'
import { failure, startQueryServer } from './query-server.ts'

/** What `grant` refuses with when STS answers so. */
async function refusalFor(t: TestContext, ask: GrantAsk, status: number, code: string, message: string) {
  const sts = await startQueryServer(t)
  sts.answer(failure(status, code, message))
  const client = createStsClient({ region: 'eu-west-1', endpoint: sts.url, version: '1' })
  t.after(() => client.close())
  const error: unknown = await grants['assume-role-with-saml'].take(client, ask).catch((e: unknown) => e)
  assert.ok(error instanceof Refusal, String(error))
  return error
}

const invalid = 'InvalidIdentityToken'
const pattern = '[a-zA-Z_0-9+=,.@-]{2,64}'
const rows: readonly [number, string, string, RefusalCode, RegExp][] = [
  [
    400,
    invalid,
    'Response signature invalid',
    'aws_refused',
    /not signed by a certificate.*upload the current/,
  ],
  [400, invalid, 'RoleSessionName is required in AuthnResponse', 'aws_refused', /RoleSessionName must have/],
  [
    400,
    invalid,
    `RoleSessionName in AuthnResponse must match ${pattern}`,
    'aws_refused',
    /RoleSessionName must/,
  ],
  [
    400,
    invalid,
    `Source Identity must match ${pattern} and not begin with "aws:"`,
    'aws_refused',
    /sourceIdentity of rule by-group-name/,
  ],
  [
    400,
    invalid,
    'Responses must contain SubjectConfirmatonData with a Recipient and NotOnOrAfter',
    'aws_refused',
    /exactly one SubjectConfirmationData/,
  ],
  [
    400,
    invalid,
    "SAML Assertion doesn't contain the requested Role and Metadata in the attributes",
    'aws_refused',
    /Role attribute does not hold arn:aws:iam::111122223333:role\/Admin,arn:aws:iam::111122223333:saml-provider\/rolebridge/,
  ],
  [
    400,
    invalid,
    "Specified provider doesn't exist",
    'aws_refused',
    /There is no SAML provider arn:aws:iam::1111/,
  ],
  [400, invalid, 'Issuer not present in specified provider', 'aws_refused', /entityID.*upload the current/],
  [
    400,
    invalid,
    'Invalid base64 SAMLResponse',
    'aws_refused',
    /does not accept the assertion.*Invalid base64/,
  ],
  [400, invalid, 'Response does not contain the required audience.', 'aws_refused', /aws\.audience/],
  [
    400,
    'ExpiredTokenException',
    'Token must be redeemed within 5 minutes of issuance',
    'reauthentication_required',
    /5 minutes only.*clock of the identity provider/,
  ],
  [
    403,
    'IDPRejectedClaim',
    'The identity provider rejected the claim',
    'aws_refused',
    /does not say Success/,
  ],
  [
    403,
    'AccessDenied',
    'Not authorized to perform sts:AssumeRoleWithSAML',
    'aws_refused',
    /^Most likely the role arn:aws:iam::111122223333:role\/Admin does not exist\. Else: \(2\).*saml-provider\/rolebridge; \(3\).*SAML:aud/,
  ],
  [
    400,
    'ValidationError',
    'The requested DurationSeconds exceeds the MaxSessionDuration set for this role.',
    'duration_too_long',
    /MaxSessionDuration is less than 3600 s.*maxDuration of rule by-group-name/,
  ],
  [400, 'ValidationError', '1 validation error detected', 'aws_refused', /1 validation error detected/],
  [
    400,
    'MalformedPolicyDocument',
    'Syntax errors in policy.',
    'aws_refused',
    /rule by-group-name is no valid/,
  ],
  [400, 'PackedPolicyTooLarge', 'Packed size exceeded', 'aws_refused', /Fewer or shorter tags/],
  [403, 'RegionDisabledException', 'STS is not activated', 'aws_refused', /activate it/],
  [400, 'Throttling', 'Rate exceeded', 'aws_unreachable', /throttles/],
  [500, 'InternalFailure', 'oops', 'aws_unreachable', /500 InternalFailure: oops/],
  [400, 'SomethingNew', 'never heard of', 'aws_refused', /400 SomethingNew: never heard of/],
]

for (const [status, code, message, refusal, detail] of rows) {
  test(`explains ${code}: ${message}`, async (t) => {
    const error = await refusalFor(t, askFor(), status, code, message)
    assert.equal(error.code, refusal)
    assert.match(error.detail, detail)
    assert.match(error.detail, /AWS request id req-42/)
    assert.ok(error.detail.includes(`said ${status} ${code}: ${message}`), error.detail)
    assert.doesNotMatch(error.say, /req-42|arn:/)
  })
}

test('lists missing sts:TagSession and sts:SetSourceIdentity only for sessions that need them', async (t) => {
  const denied = [403, 'AccessDenied', 'Not authorized'] as const
  const plain = await refusalFor(t, askFor(), ...denied)
  assert.doesNotMatch(plain.detail, /TagSession|SetSourceIdentity/)
  const terms = { tags: { Team: 'x' }, sourceIdentity: 'alice' }
  const recipient = 'https://signin.aws.amazon.com/saml'
  const tagged = await refusalFor(
    t,
    askFor(terms, {
      evidence: { webIdentity: () => assertion, assertion: () => assertion, signedHere: false, recipient },
    }),
    ...denied,
  )
  assert.match(
    tagged.detail,
    /^Most likely the trust policy of arn:aws:iam::111122223333:role\/Admin does not allow sts:TagSession.*\(2\) .*sts:SetSourceIdentity/,
  )
  assert.match(tagged.detail, /SAML:aud is not https:\/\/signin\.aws\.amazon\.com\/saml/)
})

test('says whose policy was too large', async (t) => {
  const large = [400, 'PackedPolicyTooLarge', 'Packed size exceeded'] as const
  const policy = '{"Statement":{"Effect":"Allow","Action":"s3:*","Resource":"*"}}'
  const ours = await refusalFor(t, askFor({ tags: { Team: 'x' }, policy }), ...large)
  assert.equal(ours.code, 'aws_refused')
  assert.match(
    ours.detail,
    /^What rule by-group-name gives .* Largest first: the rule’s policy \(63 characters\), 1 tags \(5 characters\)\./,
  )
  assert.doesNotMatch(ours.detail, /person/)
  const theirs = await refusalFor(t, askFor({}, { policy }), ...large)
  assert.equal(theirs.code, 'invalid_request')
  assert.match(theirs.say, /^This session policy is too large for AWS/)
  assert.match(
    theirs.detail,
    /that the person asked for .*Largest first: the person’s policy \(63 characters\)/,
  )
})

test('tells the person when it was their own policy that AWS did not understand', async (t) => {
  const policy = '{"Statement":{"Effect":"Allow","Action":"nonsense:Do","Resource":"*"}}'
  const error = await refusalFor(t, askFor({}, { policy }), 400, 'MalformedPolicyDocument', 'Actions must be')
  assert.equal(error.code, 'invalid_request')
  assert.match(error.say, /session policy you asked for/)
})

test('repeats no assertion that AWS quotes in its message', async (t) => {
  const wrapped = assertion.replace(/.{76}/g, '$&\n')
  for (const quoted of [assertion, wrapped, encodeURIComponent(assertion), assertion.slice(9, 99)]) {
    const message = `Value '${quoted}' at 'sAMLAssertion' failed to satisfy constraint`
    const error = await refusalFor(t, askFor(), 400, 'ValidationError', message)
    const shown = `${error.message} ${error.detail} ${error.say} ${error.stack} ${JSON.stringify(error)}`
    for (let at = 0; at + 60 < quoted.length; at += 60) assert.ok(!shown.includes(quoted.slice(at, at + 40)))
    assert.match(error.detail, /'sAMLAssertion' failed/)
    assert.equal(error.cause, undefined)
  }
})

test('an assertion that the bridge signed this moment and STS calls expired is a clock, not a sign-in', async (t) => {
  const say = 'Token must be redeemed within 5 minutes of issuance'
  const ask = askFor(
    {},
    { evidence: { webIdentity: () => assertion, assertion: () => assertion, signedHere: true } },
  )
  const refusal = await refusalFor(t, ask, 400, 'ExpiredTokenException', say)
  assert.equal(refusal.code, 'aws_refused')
  assert.match(refusal.say, /clock is wrong.*does not help/)
  assert.match(refusal.detail, /clock of the bridge.*NTP/)
})

const tooLarge = [400, 'PackedPolicyTooLarge'] as const
const large = {
  tags: { Team: 'x'.repeat(200), Cost: 'y' },
  policy: '{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"s3:*","Resource":"*"}}',
}

test('says whose policy or tags are too large, with the bytes that AWS counted', async (t) => {
  const bytes = 'The session token of 4,410 bytes would exceed the limit of 4096 bytes'
  const { detail } = await refusalFor(t, askFor(large), ...tooLarge, bytes)
  assert.match(detail, /^What rule by-group-name gives.*AWS speaks of 4410 bytes where 4096 are allowed\./)
  assert.match(detail, /Largest first: 2 tags \(209 characters\), the rule’s policy \(\d+ characters\)\./)
})

test('reads the percentage of older messages, and does without a number', async (t) => {
  const percent = 'Packed policy consumes 112% of allotted space, please use smaller policy.'
  const old = await refusalFor(t, askFor(large), ...tooLarge, percent)
  assert.match(old.detail, /AWS speaks of 112 % of the room for policies and tags\./)
  const { detail } = await refusalFor(t, askFor(large), ...tooLarge, 'too large')
  assert.doesNotMatch(detail, /AWS speaks of/)
})

test('a person’s own policy that is too large is theirs to shorten', async (t) => {
  const policy = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:Get*","Resource":"arn:aws:s3:::${'b'.repeat(300)}"}]}`
  const refusal = await refusalFor(t, askFor(large, { policy }), ...tooLarge, 'exceeds 4096 bytes')
  assert.equal(refusal.code, 'invalid_request')
  assert.match(refusal.detail, /Largest first: the person’s policy \(\d+ characters\), 2 tags/)
  assert.match(refusal.detail, /AWS speaks of 4096 bytes\./)
})
