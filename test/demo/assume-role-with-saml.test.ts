import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { after, before, beforeEach, describe, it } from 'node:test'
import { AssumeRoleWithSAMLCommand, STSClient } from '@aws-sdk/client-sts'
import { addRole, selfSigned } from '../../src/demo/index.ts'
import {
  account,
  awsRecipient,
  base64,
  issuer,
  providerArn,
  responseXml,
  roleArn,
  signXml,
} from './assertion.ts'
import { type AwsWorld, awsWorld, call, metadataXml, start } from './aws-world.ts'

let world: AwsWorld
before(async () => {
  world = await awsWorld()
})
beforeEach(() => {
  world.now = start
})
after(() => world.close())

async function refuses(
  parameters: Record<string, string>,
  status: number,
  code: string,
  message: string | RegExp,
) {
  const answer = await world.assume(parameters)
  assert.equal(answer.read('Code'), code, answer.xml)
  assert.equal(answer.status, status)
  if (typeof message === 'string') assert.equal(answer.read('Message'), message)
  else assert.match(answer.read('Message') ?? '', message)
  assert.equal(answer.read('Type'), 'Sender')
  assert.equal(answer.read('RequestId'), answer.headers.get('x-amzn-requestid'))
}

/** Refuses an assertion that is signed and sound but for `wanted`. */
function refusesAssertion(
  wanted: Parameters<AwsWorld['assertion']>[0],
  status: number,
  code: string,
  message: string | RegExp,
) {
  return refuses({ SAMLAssertion: world.assertion(wanted) }, status, code, message)
}

describe('AssumeRoleWithSAML hands out a session', () => {
  it('to the AWS SDK, with every field of the answer', async () => {
    const client = new STSClient({ endpoint: world.url, region: 'eu-west-1' })
    const answer = await client.send(
      new AssumeRoleWithSAMLCommand({
        RoleArn: roleArn,
        PrincipalArn: providerArn,
        SAMLAssertion: world.assertion({
          attributes: {
            'PrincipalTag:Team': ['Platform: R/D'],
            TransitiveTagKeys: ['Team'],
            SourceIdentity: ['alice'],
          },
        }),
      }),
    )
    assert.match(answer.Credentials?.AccessKeyId ?? '', /^ASIA[A-Z2-7]{16}$/)
    assert.match(answer.Credentials?.SecretAccessKey ?? '', /^.{40}$/)
    assert.equal(answer.Credentials?.Expiration?.getTime(), start + 3600_000)
    assert.equal(answer.AssumedRoleUser?.Arn, `arn:aws:sts::${account}:assumed-role/Admin/alice`)
    assert.match(answer.AssumedRoleUser?.AssumedRoleId ?? '', /^AROA[A-Z2-7]{17}:alice$/)
    assert.equal(answer.Audience, awsRecipient)
    assert.equal(answer.Issuer, issuer)
    assert.equal(answer.Subject, 'alice@corp.example')
    assert.equal(answer.SubjectType, 'persistent')
    assert.equal(answer.SourceIdentity, 'alice')
    assert.equal(typeof answer.PackedPolicySize, 'number')
    const qualifier = createHash('sha1').update(`${issuer}${account}/rolebridge`).digest('base64')
    assert.equal(answer.NameQualifier, qualifier)
    const [session] = world.sts.issued.recent(1)
    assert.deepEqual({ ...session?.tags }, { Team: 'Platform: R/D' })
    assert.deepEqual(session?.transitiveTags, ['Team'])
  })

  it('when the Response is signed instead of the Assertion', async () => {
    const answer = await world.assume({ SAMLAssertion: world.assertion({}, { what: 'Response' }) })
    assert.equal(answer.status, 200, answer.xml)
  })

  it('when both are signed', async () => {
    const once = signXml(responseXml({ now: world.now }), world.keys)
    const twice = signXml(once, world.keys, { what: 'Response' })
    assert.equal((await world.assume({ SAMLAssertion: base64(twice) })).status, 200)
  })

  it('when any certificate of the metadata verifies, as in a rollover', async () => {
    const next = await selfSigned({ commonName: 'next', days: 1, now: start })
    const arn = `arn:aws:iam::${account}:saml-provider/rolling`
    world.sts.state.samlProviders.set(arn, { arn, metadata: async () => metadataXml(world.keys, [next]) })
    addRole(world.sts.state, {
      arn: `arn:aws:iam::${account}:role/path/to/Rolling`,
      maxSessionDuration: 3600,
      trustPolicy: JSON.stringify({
        Statement: { Effect: 'Allow', Principal: { Federated: arn }, Action: 'sts:AssumeRoleWithSAML' },
      }),
    })
    const answer = await world.assume({
      RoleArn: `arn:aws:iam::${account}:role/path/to/Rolling`,
      PrincipalArn: arn,
      SAMLAssertion: world.assertion({
        attributes: { Role: [`${arn},arn:aws:iam::${account}:role/path/to/Rolling`] },
      }),
    })
    assert.equal(answer.read('Arn'), `arn:aws:sts::${account}:assumed-role/Rolling/alice`, answer.xml)
  })

  it('for the shortest of DurationSeconds, SessionDuration and SessionNotOnOrAfter', async () => {
    const seconds = async (wanted: Parameters<AwsWorld['assertion']>[0], asked: string) => {
      const answer = await world.assume({ DurationSeconds: asked, SAMLAssertion: world.assertion(wanted) })
      return (Date.parse(answer.read('Expiration') ?? '') - start) / 1000
    }
    assert.equal(await seconds({}, '7200'), 7200)
    assert.equal(await seconds({ attributes: { SessionDuration: ['1800'] } }, '7200'), 1800)
    assert.equal(await seconds({ attributes: { SessionDuration: ['7200'] } }, '900'), 900)
    assert.equal(await seconds({ sessionNotOnOrAfter: '2026-03-02T09:20:00Z' }, '7200'), 1200)
  })

  it('with a session policy and managed policies, and says how much room they take', async () => {
    const Policy = JSON.stringify({
      Version: '2012-10-17',
      Statement: [{ Effect: 'Allow', Action: 's3:*', Resource: '*' }],
    })
    const answer = await world.assume({
      Policy,
      'PolicyArns.member.1.arn': 'arn:aws:iam::aws:policy/ReadOnlyAccess',
    })
    assert.ok(Number(answer.read('PackedPolicySize')) > 0, answer.xml)
    assert.equal(world.sts.issued.recent(1)[0]?.policy, Policy)
    assert.deepEqual(world.sts.issued.recent(1)[0]?.policyArns, ['arn:aws:iam::aws:policy/ReadOnlyAccess'])
  })

  it('for a redemption in the last second of the five minutes', async () => {
    const SAMLAssertion = world.assertion()
    world.now += 299_000
    assert.equal((await world.assume({ SAMLAssertion })).status, 200)
  })
})

describe('AssumeRoleWithSAML refuses with InvalidIdentityToken', () => {
  const code = 'InvalidIdentityToken'
  const invalid = 'Response signature invalid'

  it('text that is not base64', () =>
    refuses({ SAMLAssertion: '%%%%' }, 400, code, 'Invalid base64 SAMLResponse'))
  it('bytes that are not UTF-8', () =>
    refuses({ SAMLAssertion: '/////w==' }, 400, code, 'Invalid base64 SAMLResponse'))
  it('a provider that IAM does not hold', () =>
    refuses(
      { PrincipalArn: `arn:aws:iam::${account}:saml-provider/other` },
      400,
      code,
      "Specified provider doesn't exist",
    ))
  it('an issuer other than the provider', () =>
    refusesAssertion({ issuer: 'https://evil.test' }, 400, code, 'Issuer not present in specified provider'))
  it('an unsigned response', () =>
    refuses({ SAMLAssertion: base64(responseXml({ now: start })) }, 400, code, invalid))
  it('a signature by another key', async () => {
    const stranger = await selfSigned({ commonName: 'stranger', days: 1, now: start })
    await refuses(
      { SAMLAssertion: base64(signXml(responseXml({ now: start }), stranger)) },
      400,
      code,
      invalid,
    )
  })
  it('a tampered role session name', () => {
    const xml = signXml(responseXml({ now: start }), world.keys)
    return refuses({ SAMLAssertion: base64(xml.replace('>alice<', '>mallory<')) }, 400, code, invalid)
  })
  it('a tampered signature value', () => {
    const xml = signXml(responseXml({ now: start }), world.keys)
    const broken = xml.replace(/<ds:SignatureValue>(.{8})/, '<ds:SignatureValue>AAAAAAAA')
    return refuses({ SAMLAssertion: base64(broken) }, 400, code, invalid)
  })
  it('SHA-1 signatures and digests', async () => {
    const sha1 = 'http://www.w3.org/2000/09/xmldsig#'
    const signature = world.assertion({}, { signatureAlgorithm: `${sha1}rsa-sha1` })
    const digest = world.assertion({}, { digestAlgorithm: `${sha1}sha1` })
    await refuses({ SAMLAssertion: signature }, 400, code, invalid)
    await refuses({ SAMLAssertion: digest }, 400, code, invalid)
  })
  it('an assertion for another audience, or for none', async () => {
    const say = 'Response does not contain the required audience.'
    await refusesAssertion({ audience: 'https://sp.test' }, 400, code, say)
    await refusesAssertion({ audience: null }, 400, code, say)
  })
  it('no, two, or incomplete subject confirmations', async () => {
    const say = 'Responses must contain SubjectConfirmatonData with a Recipient and NotOnOrAfter'
    const one = (attributes: string, method = 'bearer') =>
      `<saml:SubjectConfirmation Method="urn:oasis:names:tc:SAML:2.0:cm:${method}"><saml:SubjectConfirmationData ${attributes}/></saml:SubjectConfirmation>`
    const whole = `Recipient="${awsRecipient}" NotOnOrAfter="2026-03-02T09:05:00Z"`
    for (const confirmation of [
      '',
      one(whole) + one(whole),
      one(`Recipient="${awsRecipient}"`),
      one('NotOnOrAfter="2026-03-02T09:05:00Z"'),
      one(whole, 'holder-of-key'),
    ]) {
      await refusesAssertion({ confirmation }, 400, code, say)
    }
  })
  it('a missing role session name', () =>
    refusesAssertion(
      { attributes: { RoleSessionName: [] } },
      400,
      code,
      'RoleSessionName is required in AuthnResponse',
    ))
  it('a role session name of wrong form', async () => {
    const say = 'RoleSessionName in AuthnResponse must match [a-zA-Z_0-9+=,.@-]{2,64}'
    for (const name of ['a', 'a'.repeat(65), 'a b', 'jos\u00e9']) {
      await refusesAssertion({ attributes: { RoleSessionName: [name] } }, 400, code, say)
    }
  })
  it('a source identity of wrong form', async () => {
    const say = 'Source Identity must match [a-zA-Z_0-9+=,.@-]{2,64} and not begin with "aws:"'
    for (const name of ['a', 'aws:alice', 'a b']) {
      await refusesAssertion({ attributes: { SourceIdentity: [name] } }, 400, code, say)
    }
  })
  it('an assertion that does not name the role with the provider', async () => {
    const say = "SAML Assertion doesn't contain the requested Role and Metadata in the attributes"
    const other = roleArn.replace('Admin', 'Developer')
    await refusesAssertion({ attributes: { Role: [`${other},${providerArn}`] } }, 400, code, say)
    await refusesAssertion({ attributes: { Role: [roleArn] } }, 400, code, say)
    await refusesAssertion({ attributes: { Role: [] } }, 400, code, say)
  })
  it('session tags outside their limits', async () => {
    const tags = (count: number) =>
      Object.fromEntries(Array.from({ length: count }, (_, i) => [`PrincipalTag:k${i}`, ['v']]))
    await refusesAssertion({ attributes: tags(51) }, 400, code, /at most 50 session tags/)
    await refusesAssertion(
      { attributes: { 'PrincipalTag:Team': ['a', 'b'] } },
      400,
      code,
      /exactly one value/,
    )
    await refusesAssertion(
      { attributes: { 'PrincipalTag:Team': ['a'.repeat(257)] } },
      400,
      code,
      /at most 256/,
    )
    await refusesAssertion(
      { attributes: { [`PrincipalTag:${'k'.repeat(129)}`]: ['a'] } },
      400,
      code,
      /1 to 128/,
    )
    await refusesAssertion(
      { attributes: { 'PrincipalTag:aws:x': ['a'] } },
      400,
      code,
      /not begin with "aws:"/,
    )
    await refusesAssertion(
      { attributes: { 'PrincipalTag:team': ['a'], 'PrincipalTag:Team': ['b'] } },
      400,
      code,
      /more than once/,
    )
    await refusesAssertion({ attributes: { TransitiveTagKeys: ['Team'] } }, 400, code, /TransitiveTagKeys/)
  })
  it('a session duration outside 900 to 43200', async () => {
    for (const seconds of ['899', '43201', 'long']) {
      await refusesAssertion({ attributes: { SessionDuration: [seconds] } }, 400, code, /from 900 to 43200/)
    }
  })
  it('a token from the future', () =>
    refusesAssertion({ now: start + 301_000 }, 400, code, 'Token is not valid yet'))
})

describe('AssumeRoleWithSAML refuses', () => {
  it('a token that is redeemed after five minutes', async () => {
    const SAMLAssertion = world.assertion()
    world.now += 300_001
    const say = 'Token must be redeemed within 5 minutes of issuance'
    await refuses({ SAMLAssertion }, 400, 'ExpiredTokenException', say)
  })
  it('a token five minutes after its issuance even when it claims to last longer', async () => {
    const longer = responseXml({ now: start }).replaceAll('2026-03-02T09:05:00.000Z', '2026-03-02T10:00:00Z')
    const SAMLAssertion = base64(signXml(longer, world.keys))
    world.now += 299_000
    assert.equal((await world.assume({ SAMLAssertion })).status, 200)
    world.now += 2_000
    await refuses({ SAMLAssertion }, 400, 'ExpiredTokenException', /within 5 minutes/)
  })
  it('a status other than success', () =>
    refusesAssertion(
      { status: 'urn:oasis:names:tc:SAML:2.0:status:Responder' },
      403,
      'IDPRejectedClaim',
      /did not authenticate/,
    ))
  it('a duration above the maximum of the role', () =>
    refuses(
      { DurationSeconds: '14401' },
      400,
      'ValidationError',
      'The requested DurationSeconds exceeds the MaxSessionDuration set for this role.',
    ))
  it('a session policy that is no policy', async () => {
    await refuses({ Policy: '{' }, 400, 'MalformedPolicyDocument', /Json/)
    await refuses({ Policy: '{"Statement":[{"Effect":"Maybe"}]}' }, 400, 'MalformedPolicyDocument', /Syntax/)
  })
  it('policies and tags that do not fit', () => {
    const random = (i: number) => createHash('sha512').update(String(i)).digest('hex')
    const attributes = Object.fromEntries(
      Array.from({ length: 50 }, (_, i) => [`PrincipalTag:k${i}`, [random(i)]]),
    )
    return refusesAssertion(
      { attributes },
      400,
      'PackedPolicyTooLarge',
      /^The session token of \d{4} bytes would exceed the limit of 4096 bytes/,
    )
  })
  it('an account that switched STS off', async () => {
    world.sts.state.disabledAccounts.add(account)
    try {
      await refuses({}, 403, 'RegionDisabledException', /STS is not activated in this region/)
    } finally {
      world.sts.state.disabledAccounts.delete(account)
    }
  })
})

describe('AssumeRoleWithSAML answers AccessDenied', () => {
  const say = 'Not authorized to perform sts:AssumeRoleWithSAML'
  const denied = (wanted: Parameters<AwsWorld['assertion']>[0], role = roleArn) =>
    refuses({ RoleArn: role, SAMLAssertion: world.assertion(wanted) }, 403, 'AccessDenied', say)
  const withRole = async (trustPolicy: string, run: (arn: string) => Promise<void>, name = 'Tested') => {
    const arn = `arn:aws:iam::${account}:role/${name}`
    addRole(world.sts.state, { arn, trustPolicy, maxSessionDuration: 3600 })
    await run(arn)
  }
  const rolePair = (arn: string) => ({ Role: [`${arn},${providerArn}`] })

  it('for a role that does not exist', () => {
    const arn = roleArn.replace('Admin', 'Nobody')
    return denied({ attributes: rolePair(arn) }, arn)
  })
  it('when the recipient is not the one the trust policy names', () =>
    denied({ recipient: 'https://other.test/acs' }))
  it('when the subject has no NameID', () => denied({ nameId: null }))
  for (const reserved of [
    'AWSReservedSSO_Admin_0123456789abcdef',
    'aws-service-role/ecs.amazonaws.com/AWSServiceRoleForECS',
  ]) {
    it(`for roles that AWS keeps to itself: ${reserved}`, () =>
      withRole(
        JSON.stringify({
          Statement: { Effect: 'Allow', Principal: { Federated: providerArn }, Action: 'sts:*' },
        }),
        (arn) => denied({ attributes: rolePair(arn) }, arn),
        reserved,
      ))
  }
  it('when the trust policy names another provider', () =>
    withRole(
      JSON.stringify({
        Statement: { Effect: 'Allow', Principal: { Federated: `${providerArn}2` }, Action: 'sts:*' },
      }),
      (arn) => denied({ attributes: rolePair(arn) }, arn),
    ))
  it('when the trust policy is no JSON', () =>
    withRole('{', (arn) => denied({ attributes: rolePair(arn) }, arn)))
  it('when there are tags or a source identity and the trust policy does not allow to set them', () =>
    withRole(
      JSON.stringify({
        Statement: {
          Effect: 'Allow',
          Principal: { Federated: providerArn },
          Action: 'sts:AssumeRoleWithSAML',
        },
      }),
      async (arn) => {
        const plain = world.assertion({ attributes: rolePair(arn) })
        assert.equal((await world.assume({ RoleArn: arn, SAMLAssertion: plain })).status, 200)
        await denied({ attributes: { ...rolePair(arn), 'PrincipalTag:Team': ['x'] } }, arn)
        await denied({ attributes: { ...rolePair(arn), SourceIdentity: ['alice'] } }, arn)
      },
    ))
})

describe('The query protocol', () => {
  it('lists every fault of the parameters', async () => {
    const answer = await call(world.url, {
      Action: 'AssumeRoleWithSAML',
      Version: '2011-06-15',
      RoleArn: 'short',
      DurationSeconds: '899',
      SAMLAssertion: 'A'.repeat(100_001),
    })
    assert.equal(answer.status, 400)
    assert.equal(answer.read('Code'), 'ValidationError')
    const message = answer.read('Message') ?? ''
    assert.match(message, /^4 validation errors detected: /)
    assert.match(message, /Value 'short' at 'roleArn' .*greater than or equal to 20/)
    assert.match(message, /Value null at 'principalArn' .*must not be null/)
    assert.match(message, /Value '899' at 'durationSeconds' .*value greater than or equal to 900/)
    assert.match(message, /less than or equal to 100000/)
    assert.ok(message.length < 1000, 'an assertion is not repeated')
  })
  it('refuses unknown actions, versions and ambiguous parameters', async () => {
    const code = async (parameters: string) => {
      const response = await fetch(world.url, { method: 'POST', body: parameters })
      return /<Code>(\w+)</.exec(await response.text())?.[1]
    }
    assert.equal(await code(''), 'MissingAction')
    assert.equal(await code('Action=Fly&Version=2011-06-15'), 'InvalidAction')
    assert.equal(await code('Action=toString&Version=2011-06-15'), 'InvalidAction')
    assert.equal(await code('Action=GetCallerIdentity&Version=1'), 'NoSuchVersion')
    assert.equal(await code('Action=GetCallerIdentity&Action=x&Version=2011-06-15'), 'MalformedInput')
  })
  it('refuses ARNs of other things and more than ten managed policies', async () => {
    const policies = Object.fromEntries(
      Array.from({ length: 11 }, (_, i) => [`PolicyArns.member.${i + 1}.arn`, 'arn:aws:iam::aws:policy/X']),
    )
    await refuses(policies, 400, 'ValidationError', /may not be greater than 10/)
    const user = `arn:aws:iam::${account}:user/alice`
    await refuses({ RoleArn: user }, 400, 'ValidationError', `${user} is invalid`)
    await refuses({ PrincipalArn: user }, 400, 'ValidationError', `${user} is invalid`)
    await refuses({ 'PolicyArns.member.1.arn': user }, 400, 'ValidationError', `${user} is invalid`)
    for (const arn of [
      'arn:aws:iam::444455556666:policy/Foreign',
      'arn:aws-cn:iam::aws:policy/ReadOnlyAccess',
    ])
      await refuses({ 'PolicyArns.member.1.arn': arn }, 400, 'ValidationError', `${arn} is invalid`)
  })
  it('refuses bodies above 512 kB', async () => {
    const answer = await world.assume({ SAMLAssertion: 'A'.repeat(600_000) })
    assert.equal(answer.status, 413)
    assert.equal(answer.read('Code'), 'RequestEntityTooLarge')
  })
  it('says so when the metadata of a provider cannot be loaded, and tries again', async () => {
    const arn = `arn:aws:iam::${account}:saml-provider/late`
    let up = false
    const metadata = async () => {
      if (!up) throw new Error('not up yet')
      return metadataXml(world.keys)
    }
    world.sts.state.samlProviders.set(arn, { arn, metadata })
    const first = await world.assume({ PrincipalArn: arn })
    assert.equal(first.status, 503)
    assert.equal(first.read('Type'), 'Receiver')
    up = true
    const second = await world.assume({ PrincipalArn: arn })
    assert.equal(
      second.read('Code'),
      'InvalidIdentityToken',
      'the metadata is read now; the Role pair is wrong',
    )
  })
})
