import type { GrantAsk, Step } from '../grant.ts'
import type { Advice } from './row.ts'

const isWebIdentity = (_ask: GrantAsk, { action }: Step) => action === 'AssumeRoleWithWebIdentity'

const row = (code: RegExp, message: RegExp, fix: Advice['fix'], rest: Partial<Advice> = {}): Advice => ({
  code,
  message,
  when: isWebIdentity,
  refusal: 'aws_refused',
  say: ({ entitlement: { account } }) =>
    `AWS account ${account.name} (${account.id}) did not accept the workload’s token. Please tell your administrator.`,
  fix,
  ...rest,
})

const issuerIn = ({ entitlement }: GrantAsk) => `the OIDC provider in account ${entitlement.account.id}`

/** What refusals of AssumeRoleWithWebIdentity mean; they stand before the rows for every action. */
export const webIdentityAdvice: readonly Advice[] = [
  row(/^ExpiredToken$/, /./, () => 'The workload’s token has ended: it asks its platform for a new one.', {
    refusal: 'reauthentication_required',
    say: () => 'The token of this workload has expired. Please ask your platform for a new one.',
  }),
  row(
    /^InvalidIdentityToken$/,
    /No OpenIDConnect provider/i,
    (ask) =>
      `Account ${ask.entitlement.account.id} does not trust the token’s issuer: create it there with aws iam ` +
      'create-open-id-connect-provider.',
  ),
  row(
    /^InvalidIdentityToken$/,
    /audience/i,
    (ask) =>
      `${issuerIn(ask)} does not list the token’s audience: aws iam add-client-id-to-open-id-connect-provider.`,
  ),
  row(
    /^InvalidIdentityToken$|^IDPCommunicationError$/,
    /verification key|could not be reached|communicat/i,
    () =>
      'AWS fetches the issuer’s keys by itself and could not: they must be public, by https, and answer in seconds. ' +
      'The bridge may reach an issuer that AWS cannot; then use federation: reissue.',
  ),
  row(
    /^InvalidIdentityToken$|^IDPCommunicationError$/,
    /./,
    (ask) => `${issuerIn(ask)} does not accept the token.`,
  ),
  row(/^AccessDenied$/, /./, (ask) => {
    const { roleArn, account } = ask.entitlement
    return (
      `Most likely the trust policy of ${roleArn} does not allow sts:AssumeRoleWithWebIdentity to ` +
      `arn:aws:iam::${account.id}:oidc-provider/ISSUER, or its condition on ISSUER:sub or ISSUER:aud is not the token’s. ` +
      `Else: (2) the role ${roleArn} does not exist; (3) the token brings tags or a source identity and the trust policy ` +
      'does not allow sts:TagSession or sts:SetSourceIdentity; (4) another condition, or a service control policy, does ' +
      'not hold; (5) role or provider were changed seconds ago and IAM has not caught up.'
    )
  }),
]
