import { expiration, type Format } from './format.ts'

/** What `credential_process` prints ("Sourcing credentials with an external process"). */
export const credentialProcess: Format = {
  name: 'credential-process',
  label: 'credential_process',
  language: 'json',
  render(credentials) {
    const output = {
      Version: 1,
      AccessKeyId: credentials.accessKeyId,
      SecretAccessKey: credentials.secretAccessKey,
      SessionToken: credentials.sessionToken,
      Expiration: expiration(credentials),
      AccountId: credentials.accountId,
    }
    return `${JSON.stringify(output)}\n`
  },
}
