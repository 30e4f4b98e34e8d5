import { expiration, type Format } from './format.ts'

/** SDKs disagree on quotes and inline comments, so neither can occur. */
function plain(name: string, value: string): string {
  if (!/^[\x21-\x7e]+$/.test(value) || /[#;"'\\]/.test(value))
    throw new TypeError(`${name} holds a character that a credentials file cannot say`)
  return `${name} = ${value}\n`
}

/** A section of the shared credentials file. */
export const credentialsFile: Format = {
  name: 'credentials-file',
  label: 'Credentials file',
  language: 'ini',
  fileName: '~/.aws/credentials',
  render(credentials, { profile = 'default' } = {}) {
    if (!/^[\w.+@:/-]{1,128}$/.test(profile)) throw new TypeError('profile is no name of a profile')
    return [
      `[${profile}]\n`,
      plain('aws_access_key_id', credentials.accessKeyId),
      plain('aws_secret_access_key', credentials.secretAccessKey),
      plain('aws_session_token', credentials.sessionToken),
      plain('aws_account_id', credentials.accountId),
      plain('region', credentials.region),
      // The name that other sign-in tools gave it; SDKs skip it.
      plain('x_security_token_expires', expiration(credentials)),
    ].join('')
  },
}
