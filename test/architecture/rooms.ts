/** The rooms of src/ and what each may know. A room is a folder with a door (index.ts) or a file. */

interface Room {
  /** Rooms it may import, through their doors. */
  readonly imports: readonly string[]
  /** Rooms it may load when a command needs them: by `import()`, or by types, which load nothing. */
  readonly lazily?: readonly string[]
  /** Of rooms other than core it may take only names that match. */
  readonly only?: RegExp
  /** The room decides: time and chance come in as parameters. */
  readonly pure?: true
}

const serverRooms = [
  'core',
  'saml',
  'oidc',
  'policy',
  'sts',
  'formats',
  'oauth',
  'requests',
  'store',
  'outgoing',
  'events',
  'history',
  'delivery',
  'web',
]

export const rooms: Readonly<Record<string, Room>> = {
  core: { imports: [], pure: true },
  saml: { imports: ['core', 'outgoing'], pure: true },
  oidc: { imports: ['core', 'outgoing'], pure: true },
  policy: { imports: ['core'], pure: true },
  sts: { imports: ['core'], pure: true },
  outgoing: { imports: ['core'], pure: true },
  formats: { imports: ['core'], pure: true },
  events: { imports: ['core'], pure: true },
  history: { imports: ['core', 'events', 'postgres'], pure: true },
  postgres: { imports: ['core'], pure: true },
  delivery: { imports: ['core', 'events', 'outgoing'], pure: true },
  store: { imports: ['core', 'postgres'], pure: true },
  oauth: { imports: ['core', 'events'], pure: true },
  requests: { imports: ['core'], pure: true },
  bridge: { imports: ['core', 'saml', 'oidc', 'policy', 'requests', 'sts', 'events', 'history'], pure: true },
  web: { imports: ['core', 'bridge', 'oauth', 'formats'], pure: true },
  config: {
    imports: serverRooms,
    only: /options$|^(?:checkPolicy|describePolicy|describePlaces|describeProxy|OutgoingProxy|grants|metadataFault)$/i,
    pure: true,
  },
  app: { imports: ['config', 'bridge', ...serverRooms] },
  main: { imports: ['core', 'config', 'app'] },
  demo: { imports: ['core', 'saml'] },
  init: { imports: ['core', 'config', 'saml'] },
  simulate: { imports: ['core', 'config', 'policy'], pure: true },
  iac: { imports: ['core', 'config', 'policy'], pure: true },
  cli: {
    imports: ['core', 'formats'],
    lazily: [
      'main',
      'app',
      'config',
      'bridge',
      'saml',
      'oidc',
      'policy',
      'sts',
      'outgoing',
      'events',
      'history',
      'init',
      'simulate',
      'iac',
      'demo',
    ],
  },
}

/** Rooms that only a part of another room may load: the command line talks to AWS itself for `mfa` alone. */
export const partsOfRooms: Readonly<Record<string, string>> = { 'cli sts': 'src/cli/mfa/' }

/** Rooms whose door is a file of their own name, beside a folder if they need one. */
export const fileRooms = ['bridge', 'config', 'app', 'main']

/**
 * Doors beside the door, for a command that needs so little of a room that loading it whole would be felt. Behind them
 * lies nothing of other rooms.
 */
export const sideDoors = ['src/main/control.ts', 'src/config/store-place.ts']

/** Packages, each with the places (folders or files of src/) that may import them. */
export const packagePlaces: Readonly<Record<string, readonly string[]>> = {
  '@aws-sdk/client-sts': ['sts/'],
  '@xmldom/xmldom': ['saml/'],
  commander: ['cli/'],
  ejs: ['web/'],
  express: ['web/', 'app.ts', 'app/', 'demo/'],
  'express-session': ['web/'],
  ioredis: ['store/redis.ts'],
  'ipaddr.js': ['policy/', 'outgoing/', 'web/'],
  jose: ['oidc/', 'demo/'],
  'libxml2-wasm': ['saml/', 'demo/'],
  kysely: ['history/'],
  libsql: ['history/database/'],
  lmdb: ['store/embedded.ts'],
  'openid-client': ['oidc/'],
  pg: ['postgres/'],
  'prom-client': ['events/'],
  qrcode: ['web/', 'cli/'],
  'rate-limiter-flexible': ['web/'],
  re2js: ['policy/'],
  samlify: ['saml/', 'demo/'],
  'xml-crypto': ['saml/', 'demo/'],
  yaml: ['config.ts', 'config/', 'init/', 'iac/'],
  undici: ['outgoing/'],
  zod: [''],
}

/** Packages that the command line loads only when a command needs them: its start time is felt. */
export const lazyInCli = ['qrcode']
