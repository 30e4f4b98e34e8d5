import { expiration, type Format } from './format.ts'

/** Everything we know, for programs. */
export const json: Format = {
  name: 'json',
  label: 'JSON',
  language: 'json',
  render(credentials) {
    const { accessKeyId, secretAccessKey, sessionToken, principalArn, accountId, region } = credentials
    const output = {
      accessKeyId,
      secretAccessKey,
      sessionToken,
      expiration: expiration(credentials),
      principalArn,
      accountId,
      region,
    }
    return `${JSON.stringify(output, undefined, 2)}\n`
  },
}
