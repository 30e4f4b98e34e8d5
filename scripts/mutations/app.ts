import { doubled, type Group, gone, off } from './removal.ts'

const serving = 'src/app/serving.ts'
const reload = 'src/app/reload.ts'

/** One configuration after another: what may take over, and what it takes with it. */
export const app: readonly Group[] = [
  {
    tests: ['test/flows/reload.test.ts'],
    removals: [
      off('nobody is locked out by a slip', reload, 'lost.length > 0'),
      gone(
        'it is written down first',
        reload,
        'await (agree?.(config.fingerprint) ?? events.emit({ ...told, before: fingerprint }))',
      ),
      off('no two reloads run side by side', reload, 'waiting) return waiting'),
      off('what is served already is not built again', reload, 'unchanged) {'),
      gone('records name the configuration', serving, 'emit({ ...event, config })', 'emit(event)'),
      gone('counted requests stay counted', serving, 'version, counts, hooks }', 'version, hooks }'),
      gone('a new certificate is served', 'src/main/tls.ts', 'server.setSecureContext(options)', 'undefined'),
      gone(
        'who is no more trusted vouches for nobody',
        'src/bridge/sessions/vouched.ts',
        'party.trusts(provider, issuer) ? session : undefined',
        'party && issuer && provider ? session : undefined',
      ),
      gone(
        'a SAML provider is another one by its entity ID',
        'src/saml/service-provider.ts',
        'configured !== undefined && known === entityId',
        'configured !== undefined && known !== undefined',
      ),
      gone(
        'a SAML provider that was taken out',
        'src/saml/service-provider.ts',
        'configured !== undefined && known === entityId',
        'known === entityId',
      ),
      gone(
        'a platform that was taken out',
        'src/oidc/workloads/workloads.ts',
        'one.name === name && one.issuer === issuer',
        'one.issuer === issuer',
      ),
    ],
  },
  {
    tests: ['test/config/fingerprint.test.ts'],
    removals: [
      gone(
        'what only a restart changes is a fault',
        'src/config/restart-only.ts',
        '&& !isDeepStrictEqual(fixed[name](next), fixed[name](running))',
        '&& false',
      ),
      gone('what files hold counts', 'src/config/read.ts', '[...files.values()]', '[]'),
      gone('what the environment gave counts', 'src/config/read.ts', '[whole.value,', '[text,'),
    ],
  },
  {
    tests: ['test/config/strange-files.test.ts'],
    removals: [
      off('only files are read while people are served', 'src/config/whole-file.ts', '!stat.isFile()'),
      doubled(
        off('no more is read than anybody writes', 'src/config/whole-file.ts', 'stat.size > limit'),
        'the same limit while it is read',
      ),
    ],
  },
  {
    tests: ['test/config/config.test.ts'],
    removals: [
      off('a key is given once, however it is written', 'src/config/document.ts', 'seen.has(name)'),
      off('nothing nests too deep', 'src/config/document.ts', "'tooDeepAt' in parsed"),
    ],
  },
]
