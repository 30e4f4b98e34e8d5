import { AssumeRoleWithSAMLCommand, type AssumeRoleWithSAMLCommandInput } from '@aws-sdk/client-sts'
import { roleSessions } from '../core/index.ts'
import { readCredentials, within } from './answer.ts'
import { checkDuration } from './bounds.ts'
import type { Grant, GrantAsk } from './grant.ts'
import type { Reach } from './narrowing/pin.ts'
import { sessionPolicy } from './narrowing/session-policy.ts'

/** `via: assume-role-with-saml`: the assertion alone speaks for the person; the call is not signed. */
export const assumeRoleWithSaml: Grant = {
  options: {},
  texts: {},
  bounds: { ...roleSessions, say: 'as AWS demands' },
  needs: 'assertion',
  async take(client, ask) {
    const { entitlement, duration } = ask
    const assertion = ask.evidence.assertion({ ...entitlement, duration })
    const command = new AssumeRoleWithSAMLCommand(toInput(ask, assertion, client.reach))
    const step = { action: 'AssumeRoleWithSAML', roleArn: entitlement.roleArn, secret: assertion } as const
    const answer = await within(client, ask, step, (options) => client.sdk.send(command, options))
    return readCredentials(answer, answer.AssumedRoleUser?.Arn, ask)
  },
}

function toInput(ask: GrantAsk, assertion: string, reach: Reach): AssumeRoleWithSAMLCommandInput {
  const { roleArn, providerArn, policyArns } = ask.entitlement
  const policy = sessionPolicy(ask, reach)
  return {
    RoleArn: roleArn,
    PrincipalArn: providerArn,
    SAMLAssertion: assertion,
    DurationSeconds: checkDuration(ask.duration, roleSessions),
    ...(policy === undefined ? {} : { Policy: policy }),
    ...(policyArns.length === 0 ? {} : { PolicyArns: policyArns.map((arn) => ({ arn })) }),
  }
}
