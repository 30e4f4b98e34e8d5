import type { Credentials } from '../../src/core/index.ts'

export const credentials: Credentials = {
  accessKeyId: 'ASIAEXAMPLE',
  secretAccessKey: 'wJalr/XUtn+FEMI=',
  sessionToken: 'IQoJb3JpZ2luX2VjE+/==',
  expiresAt: Date.UTC(2026, 0, 2, 3, 4, 5, 999),
  principalArn: 'arn:aws:sts::111122223333:assumed-role/Admin/alice',
  accountId: '111122223333',
  region: 'eu-west-1',
}

/** What a shell that has run a format must find in its environment. */
export const expected = {
  AWS_ACCESS_KEY_ID: 'ASIAEXAMPLE',
  AWS_SECRET_ACCESS_KEY: 'wJalr/XUtn+FEMI=',
  AWS_SESSION_TOKEN: 'IQoJb3JpZ2luX2VjE+/==',
  AWS_REGION: 'eu-west-1',
  AWS_DEFAULT_REGION: 'eu-west-1',
  AWS_ACCOUNT_ID: '111122223333',
  AWS_CREDENTIAL_EXPIRATION: '2026-01-02T03:04:05Z',
}
