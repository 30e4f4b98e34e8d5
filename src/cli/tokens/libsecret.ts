import { isInstalled, run } from './run.ts'
import { locked, type TokenPlace } from './token-place.ts'

const program = 'secret-tool'
const attributes = (url: string) => ['application', 'rolebridge', 'bridge', url]

/** GNOME Keyring, KWallet and others by the Secret Service of the desktop's session bus, through libsecret's tool. */
export const libsecretTokens: TokenPlace = {
  name: 'secret-service',
  label: 'the keyring of your desktop',
  usable: (env) =>
    process.platform === 'linux' && Boolean(env.DBUS_SESSION_BUS_ADDRESS) && isInstalled(program, env),
  get(url) {
    const { ok, output } = run(program, ['lookup', ...attributes(url)])
    if (ok && output !== '') return output
    // `lookup` is as silent about a locked item as about none; `search` lists both, the locked one without its secret.
    if (run(program, ['search', ...attributes(url)]).output !== '') throw locked(this.label)
    return undefined
  },
  put(url, _folder, secret) {
    const { ok } = run(program, ['store', '--label', `Rolebridge ${url}`, ...attributes(url)], secret)
    if (!ok || this.get(url, '') !== secret) throw new Error('the keyring did not take it')
  },
  remove(url) {
    run(program, ['clear', ...attributes(url)])
  },
}
