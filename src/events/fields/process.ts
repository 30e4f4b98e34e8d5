/** What the process tells of itself, its configuration and its providers. */
export interface ProcessFields {
  config_loaded: {
    readonly file: string
    /** Tells configurations apart; from it nobody can guess what a file holds. */
    readonly fingerprint?: string
    /** Who asked for it. */
    readonly trigger: 'start' | 'signal' | 'command' | 'watch'
    /** Fingerprint of the one whose place it takes. */
    readonly before?: string
    /** It is the one that is served already. */
    readonly unchanged?: boolean
    readonly identityProviders: number
    readonly accounts: number
    readonly rules: number
  }
  /** What was to be served instead is faulty, and nothing changed. */
  config_refused: {
    readonly file: string
    readonly trigger: 'signal' | 'command' | 'watch'
    readonly faults: readonly string[]
  }
  server_started: { readonly version: string; readonly baseUrl: string; readonly listen?: string }
  server_stopped: { readonly reason: string }
  metadata_loaded: {
    readonly idp: string
    /** Entity ID. */
    readonly issuer: string
    readonly source: string
    readonly certificates?: number
    /** Of an OpenID provider: public keys in its key set. */
    readonly keys?: number
    /** ISO 8601. */
    readonly validUntil?: string
  }
  metadata_failed: { readonly idp: string; readonly source: string; readonly detail: string }
  /** From here on the store holds again what a backup had. Sessions and marks are in none. */
  store_restored: {
    /** When the backup was made, ISO 8601, and on which node. */
    readonly backupAt: string
    readonly backupNode: string
    readonly locks: number
    readonly signOffs: number
    readonly people: number
    /** People whose requests came back, all of them over. */
    readonly requests: number
  }
  warning: { readonly message: string; readonly detail?: string }
}
