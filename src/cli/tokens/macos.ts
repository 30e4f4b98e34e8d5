import { run } from './run.ts'
import { locked, type TokenPlace } from './token-place.ts'

const program = '/usr/bin/security'
const service = 'rolebridge'
/** The last byte of errSecItemNotFound (-25300), with which security(1) ends. */
const notFound = 44

/** `security -i` reads commands from its input, so the secret never stands in a list of processes. */
const quote = (value: string) => `"${value.replace(/[\\"]/g, '\\$&')}"`

/** The login keychain of macOS, by the platform's own command. */
export const macosTokens: TokenPlace = {
  name: 'keychain',
  label: 'the macOS keychain',
  usable: () => process.platform === 'darwin',
  get(url) {
    const { ok, status, output } = run(program, ['find-generic-password', '-s', service, '-a', url, '-w'])
    if (status === notFound) return undefined
    if (!ok) throw locked(this.label)
    return Buffer.from(output.trim(), 'base64').toString('utf8')
  },
  put(url, _folder, secret) {
    const packed = Buffer.from(secret).toString('base64')
    const { ok } = run(
      program,
      ['-i'],
      `add-generic-password -U -s ${service} -a ${quote(url)} -w ${quote(packed)}\n`,
    )
    // The interactive mode ends well whatever its commands did.
    if (!ok || this.get(url, '') !== secret) throw new Error('the keychain did not take it')
  },
  remove(url) {
    run(program, ['delete-generic-password', '-s', service, '-a', url])
  },
}
