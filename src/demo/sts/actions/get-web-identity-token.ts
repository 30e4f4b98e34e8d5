import { randomUUID } from 'node:crypto'
import { isoSeconds } from '../answer.ts'
import { principalArn, requireCaller, requirePermission } from '../caller.ts'
import { StsFault } from '../fault.ts'
import { outboundAlgorithms } from '../outbound-issuer.ts'
import { readParameters } from '../parameters.ts'
import type { Action } from './action.ts'
import { readTags } from './session-terms.ts'

/** GetWebIdentityToken: a token by which somebody outside of AWS knows the caller (outbound identity federation). */
export const getWebIdentityToken: Action = async (call, world) => {
  const caller = requireCaller(call, world)
  const parameters = readParameters(call.parameters)
  const audience = parameters.members('Audience')
  const named = parameters.text('SigningAlgorithm', { min: 5, max: 5 })
  const duration = parameters.optionalInteger('DurationSeconds', 60, 3600) ?? 300
  parameters.check()
  const { tags } = readTags(parameters)
  const algorithm = outboundAlgorithms.find((one) => one === named)
  if (algorithm === undefined)
    throw new StsFault('ValidationError', 'SigningAlgorithm must be RS256 or ES384.')
  if (audience.length < 1 || audience.length > 10 || audience.some((one) => one === '' || one.length > 1000))
    throw new StsFault('ValidationError', 'Audience must name 1 to 10 audiences of at most 1000 characters.')
  requirePermission(caller, 'sts:GetWebIdentityToken', '*', call, world)
  const now = Math.floor(world.clock() / 1000)
  const about = {
    aws_account: caller.accountId,
    principal_id: principalArn(caller),
    ...(Object.keys(tags).length > 0 && { request_tags: tags }),
  }
  const claims = {
    iss: world.outbound.issuerOf(caller.accountId),
    sub: principalArn(caller),
    aud: audience.length === 1 ? audience[0] : audience,
    ...{ iat: now, exp: now + duration, jti: randomUUID() },
    'https://sts.amazonaws.com/': about,
  }
  return {
    WebIdentityToken: world.outbound.sign(claims, algorithm),
    Expiration: isoSeconds((now + duration) * 1000),
  }
}
