import { doubled, type Group, gone, off } from './removal.ts'

const claims = 'src/oidc/issuer/claims.ts'
const signed = 'src/oidc/issuer/signed-token.ts'
const callback = 'src/oidc/people/callback.ts'
const idToken = 'src/oidc/people/id-token.ts'
const identity = 'src/oidc/people/identity.ts'
const logout = 'src/oidc/people/logout.ts'
const ask = 'src/oidc/issuer/ask.ts'
const source = 'src/oidc/issuer/issuer-source.ts'
const workload = 'src/oidc/workloads/judge.ts'
const workloads = 'src/oidc/workloads/workloads.ts'
const keys = 'src/oidc/issuer/key-set.ts'

/** Who is it, by OpenID Connect: tokens, answers and logout, and what is asked of an issuer. */
export const oidc: readonly Group[] = [
  {
    tests: ['test/oidc/people/judge.test.ts'],
    removals: [
      off('issuer', claims, 'iss !== issuer'),
      off('audience', claims, '!audiences.every'),
      off('authorized party', claims, 'azp !== undefined && azp !== clientId'),
      off('several audiences name their party', claims, 'azp === undefined && audiences.length > 1'),
      off('expiry', claims, 'now >= exp + skewAtEnd'),
      off('from the future', claims, 'at > now + skew'),
      gone('times are numbers of seconds', claims, ' && value < 1e11'),
      off('algorithm', signed, '!isAlgorithm(alg)'),
      off('a signature is there', signed, "signature === ''"),
      off('nothing critical', signed, 'crit !== undefined || b64'),
      off('a token has bounds', signed, 'text.length > longest'),
      off('one spelling of base64', signed, "bytes.toString('base64url') !== part"),
      doubled(
        off('a key is named', signed, "typeof kid !== 'string' ||"),
        'a key that is not there is not found',
      ),
      gone(
        'the signature',
        signed,
        'none of them proves anything.\n    return false',
        'none.\n    return true',
      ),
      gone(
        'one of each parameter',
        callback,
        'if (twice === undefined) return parameters',
        'return parameters',
      ),
      off('an answer has bounds', callback, 'query.length > 16_000'),
      off('the browser that started', callback, 'browserKey === undefined || !equal'),
      gone('a state counts once', callback, '(await pending.take(state)) === undefined', 'false'),
      off('the answer is of whom was asked', callback, 'iss !== null && iss !== issuer'),
      off('the answer says of whom it is', callback, 'iss === null && (sharesCallback'),
      off('the provider said yes', callback, 'error !== null'),
      off('nonce', idToken, "typeof nonce !== 'string' || !equal"),
      off('an age is told', idToken, 'at === undefined'),
      off('authentication from the future', idToken, 'at > now + skew'),
      off('a fresh authentication', idToken, 'forceAuthn && at < createdAt - skew'),
      off('authentication too old', idToken, 'maxAuthnAge !== undefined && at +'),
      gone('acr', idToken, 'checkAcr(acr, options)'),
      gone('overage of groups', identity, 'checkOverage(claims, options)'),
      gone(
        'claims that pass for each other',
        identity,
        'Object.keys(attributes).length === named.length',
        'true',
      ),
      off('one name for the person', identity, "user === '' || more.length > 0"),
      off('no unverified address', identity, "wanted === 'email' && unverified"),
      gone('nor by default', identity, 'address && verified ? address : subject', 'address ?? subject'),
      gone('the logout token is signed', logout, 'await proveSigned(token, { source, codes })'),
      gone(
        'the logout token is of the issuer’s time',
        logout,
        'const { exp } = checkTimes(claims, time, codes)',
        'const { exp } = claims as { exp: number }',
      ),
      gone('the logout token is for us', logout, 'checkParty(claims, options.clientId, codes)'),
      gone('the type of a logout token', logout, 'checkType(header.typ)'),
      gone('the purpose of a logout token', logout, 'checkPurpose(claims)'),
      off('no ID token passes for one', logout, 'nonce !== undefined'),
      gone(
        'a logout token counts once',
        logout,
        '!(await replays.putIfAbsent(hash(`logout\\n${options.issuer}\\n${jti}`), { usedAt: time.now }, until))',
        'false',
      ),
    ],
  },
  {
    tests: ['test/oidc/issuer/issuer-source.test.ts'],
    removals: [
      gone(
        'the document is of the issuer',
        'src/oidc/issuer/discovery.ts',
        'if (data.issuer === issuer) return',
        'return',
      ),
      gone(
        'addresses are safe',
        'src/oidc/issuer/discovery.ts',
        'return withSafePlaces(data)',
        'return data',
      ),
      off('redirects are not followed', ask, 'status >= 300'),
      gone('no inner addresses', ask, 'if (inner === undefined) return', 'return'),
      gone('copies grow old', source, 'Math.abs(clock() - fetchedAt) < oldestCopy', 'fetchedAt > 0'),
      doubled(
        gone('a copy is of the issuer', source, 'copy.issuer === issuer && '),
        'the place that it is of, which is below the issuer, and the document in it, which is read as the issuer’s',
      ),
      off('not too many keys', keys, 'document.keys.length > mostKeys'),
      gone('public keys alone', keys, ' && d === undefined && k === undefined'),
      gone('keys for signatures', keys, "use === 'sig' && "),
      gone('keys to verify with', keys, " && key_ops.includes('verify')"),
    ],
  },
  {
    tests: ['test/oidc/workloads.test.ts'],
    removals: [
      gone('the signature of a workload', workload, 'await proveSigned(token, {', 'void ({'),
      gone('its algorithm is pinned', workload, ', algorithms: issuer.algorithms', ''),
      gone('its audience', workload, 'checkAudiences(claims, issuer.audience, codes)'),
      gone(
        'all of its audiences are ours',
        claims,
        "named.every((one) => typeof one === 'string' && ours",
        "named.some((one) => typeof one === 'string' && ours",
      ),
      gone('it has an audience', claims, 'named.length > 0 && '),
      gone('its end is an end', workload, 'skewAtEnd: 0', 'skewAtEnd: skew'),
      off('its age', claims, 'iat < now - maxAge'),
      off('its beginning', claims, 'at > now + skew'),
      gone(
        'its subject',
        workload,
        "typeof sub === 'string' && sub !== '' && sub.length <= 512",
        "typeof sub === 'string'",
      ),
      gone('what is required of it', workload, 'checkRequired(attributes, issuer.require)'),
      gone('a claim that is required is there', workload, 'values.length > 0 && '),
      gone(
        'all values are of the required ones',
        workload,
        'values.every((value) => wanted',
        'values.some((value) => wanted',
      ),
      gone(
        'what counts once has a name',
        workload,
        "typeof jti === 'string' && jti !== '' && jti.length <= 512",
        "jti !== ''",
      ),
      gone(
        'it counts once',
        workloads,
        'if (await replays.putIfAbsent(mark, { usedAt: now }, until)) return',
        'return',
      ),
      gone(
        'a used token stays used as long as any clock finds it valid',
        workloads,
        'Math.max(tokenEnds, now + (tokenEnds - identity.authnInstant)) + reserve',
        'now',
      ),
      off('its issuer is configured', workloads, 'issuer === undefined'),
      gone('it has bounds', workloads, 'longest: 12_000', 'longest: 1e9'),
      gone(
        'a session ends with its token',
        workload,
        'Math.min(exp, now + issuer.maxSession * 1000)',
        'now + issuer.maxSession * 1000',
      ),
      gone('a session ends', workload, 'Math.min(exp, now + issuer.maxSession * 1000)', 'exp'),
      off('two claims under one name', 'src/oidc/workloads/claims.ts', 'name in attributes'),
      off('claims have bounds', 'src/oidc/workloads/claims.ts', 'values > mostValues ||'),
      off('claims nest with bounds', 'src/oidc/workloads/claims.ts', 'depth >= deepest'),
      off('one value for its name', 'src/oidc/workloads/claims.ts', "only === undefined || only === ''"),
      gone(
        'its name has bounds',
        'src/oidc/workloads/claims.ts',
        'if (user.length <= 512) return user',
        'return user',
      ),
      gone('old keys are renewed', signed, ' || source.age() >= freshFor', ''),
      off('keys of its own host', source, 'place.ownHostOnly &&'),
      gone('a copy is of the place', source, ' && copy.source === source', ''),
    ],
  },
  {
    tests: ['test/oidc/options.test.ts'],
    removals: [
      off(
        'an issuer for everybody needs a requirement',
        'src/oidc/workloads/options.ts',
        'example === undefined ||',
      ),
      gone(
        'keys come by https',
        'src/oidc/workloads/options.ts',
        "if (scheme === undefined || scheme === 'https') return true",
        'return true',
      ),
    ],
  },
]
